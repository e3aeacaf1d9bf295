// A pool over a real file in a temporary directory, with its log in the test's hand.
#pragma once

#include <Poco/Channel.h>
#include <Poco/Logger.h>
#include <Poco/Message.h>
#include <gatehouse/db.h>
#include <gatehouse/error.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "../../unit/exec/wait_until.h"
#include "db/database_pool.h"
#include "metrics/metrics_registry.h"
#include "temporary_directory.h"

namespace db_test {

using gatehouse::Database;
using gatehouse::Durability;
using gatehouse::Error;
using gatehouse::ErrorCode;
using gatehouse::Fact;
using gatehouse::ReadTx;
using gatehouse::RecordedFact;
using gatehouse::WriteTx;
using gatehouse::db::DatabasePool;
using gatehouse::db::DbIdentity;
using gatehouse::db::DbOptions;
using gatehouse::testing::TemporaryDirectory;

class LogCollector : public Poco::Channel {
public:
    void log(const Poco::Message& message) override {
        const std::lock_guard lock(mutex_);
        lines_.emplace_back(message.getPriority(), message.getText());
    }
    std::size_t count(const std::string& text) const {
        const std::lock_guard lock(mutex_);
        return static_cast<std::size_t>(std::count_if(lines_.begin(), lines_.end(), [&](const auto& line) {
            return line.second.find(text) != std::string::npos;
        }));
    }
    bool has(Poco::Message::Priority priority, const std::string& text) const {
        const std::lock_guard lock(mutex_);
        return std::find(lines_.begin(), lines_.end(), std::pair(priority, text)) != lines_.end();
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::pair<Poco::Message::Priority, std::string>> lines_;
};

struct Log {
    Poco::AutoPtr<LogCollector> lines{new LogCollector};
    Poco::Logger& logger;
    Log() : logger(Poco::Logger::get("db_test_" + std::to_string(next()))) {
        logger.setChannel(lines);
        logger.setLevel(Poco::Message::PRIO_TRACE);
    }
    static int next() {
        static int number = 0;
        return ++number;
    }
};

inline DbIdentity shop(std::vector<gatehouse::db::DbMigration> more = {}) {
    DbIdentity identity{
        "shop", "shop_", {{1, "CREATE TABLE shop_item (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)"}}};
    for (auto& migration : more) identity.migrations.push_back(std::move(migration));
    return identity;
}

inline void insert(WriteTx& tx, std::int64_t id, const std::string& name) {
    tx.prepare("INSERT INTO shop_item (id, name) VALUES (?, ?)").bind(1, id).bind(2, name).run();
}

inline std::int64_t count_items(Database& db) {
    return db.read("test.count", [](ReadTx& tx) {
        auto& query = tx.prepare("SELECT count(*) FROM shop_item");
        return query.step() ? query.integer(0) : -1;  // used by threads, where Boost.Test's checks must not be
    });
}

template <class Fn>
Error error_of(Fn fn) {
    try {
        fn();
    } catch (const Error& e) {
        return e;
    }
    BOOST_FAIL("nothing was thrown");
    return {ErrorCode::kInternal, ""};
}

inline bool says(const Error& error, const std::string& part) {
    return error.message().find(part) != std::string::npos;
}

// Boost.Test prints the message when the check fails.
#define CHECK_ERROR(expression, code, part)                                                           \
    do {                                                                                              \
        const auto caught = ::db_test::error_of([&] { expression; });                                 \
        BOOST_TEST((caught.error_code() == (code)), caught.message());                                \
        BOOST_TEST(::db_test::says(caught, (part)), "'" << caught.message() << "' lacks " << (part)); \
    } while (false)

template <class ClockType>
struct Environment {
    TemporaryDirectory directory;
    ClockType clock;
    gatehouse::metrics::MetricsRegistry metrics;        // of open()
    gatehouse::metrics::MetricsRegistry other_metrics;  // of a second pool beside it
    Log log;
    gatehouse::exec::WorkerPool workers{{.threads = 4, .queue_per_owner = 64}};

    DbOptions options() const {
        DbOptions result;
        result.path = directory / "test.db";
        return result;
    }
    std::unique_ptr<DatabasePool> open(const DbOptions& given) {
        const bool second = given.path != options().path;
        return std::make_unique<DatabasePool>(given, clock, workers, second ? other_metrics : metrics, log.logger);
    }
    std::unique_ptr<DatabasePool> open() { return open(options()); }
};
using Real = Environment<gatehouse::SystemClock>;

// A pool with one table, ready to use.
struct Shop : Real {
    std::unique_ptr<DatabasePool> pool;
    std::unique_ptr<Database> db;
    explicit Shop(const DbOptions& given) : pool(open(given)), db(pool->open_for(shop())) {}
    Shop() : pool(open()), db(pool->open_for(shop())) {}
};

}  // namespace db_test
