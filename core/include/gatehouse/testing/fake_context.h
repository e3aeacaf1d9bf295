// A host for one plugin in one test: everything in memory, the clock and the scheduler in the test's hand.
#pragma once

#include <gatehouse/context.h>
#include <gatehouse/testing/fake_catalogue.h>
#include <gatehouse/testing/fake_clock.h>
#include <gatehouse/testing/fake_http_client.h>
#include <gatehouse/testing/fake_router.h>
#include <gatehouse/testing/fake_scheduler.h>

#include <Poco/Logger.h>

#include <mutex>
#include <string>
#include <vector>

namespace gatehouse::testing {

// The database and the caches are given, since they are best tested real; a plugin that uses one that was not given
// gets Error(kUnavailable). Public members are the test's handles.
class FakeContext final : public Context {
public:
    explicit FakeContext(Places places = {}, const Clock* real_clock = nullptr)
        : places_(std::move(places)), clock_(real_clock) {}

    FakeCatalogue cameras;
    FakeAccounts callers;
    FakeRouter router;
    FakeScheduler timers;
    FakeEvents bus;
    FakeServices offers;
    FakeMetrics figures;
    FakeClock fake_clock;
    FakeHttpClient client;
    Database* database = nullptr;
    Caches* cache_registry = nullptr;

    std::vector<std::string> failures() const {
        std::lock_guard lock(mutex_);
        return failures_;
    }

    Database& db() override { return given(database, "database"); }
    Caches& caches() override { return given(cache_registry, "cache registry"); }
    http::Router& http() override { return router; }
    Events& events() override { return bus; }
    Scheduler& scheduler() override { return timers; }
    Catalogue& catalogue() override { return cameras; }
    Accounts& accounts() override { return callers; }
    Services& services() override { return offers; }
    Metrics& metrics() override { return figures; }
    Poco::Logger& logger() override { return Poco::Logger::get("test"); }
    const Clock& clock() const override { return clock_ != nullptr ? *clock_ : fake_clock; }
    const Places& places() const override { return places_; }
    void report_failed(const std::string& reason) override {
        std::lock_guard lock(mutex_);
        failures_.push_back(reason);
    }
    HttpClient& http_client() override { return client; }

private:
    template <class T>
    static T& given(T* thing, const char* what) {
        if (thing == nullptr) throw Error(ErrorCode::kUnavailable, std::string("this test has no ") + what);
        return *thing;
    }

    Places places_;
    const Clock* clock_;
    mutable std::mutex mutex_;
    std::vector<std::string> failures_;
};

}  // namespace gatehouse::testing
