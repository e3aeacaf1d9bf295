// The views a plugin gets of the host's rooms: they keep its registrations for revocation and pass every call back into
// the plugin through the firewall.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <gatehouse/context.h>

#include "plugin/descriptor.h"
#include "plugin/firewall.h"
#include "plugin/registration_ledger.h"
#include "plugin/service_registry.h"

namespace gatehouse::plugin {

// All of them are as thread-safe as the room behind them.

class GuardedRouter final : public http::Router {
public:
    GuardedRouter(std::unique_ptr<http::Router> inner, Firewall& firewall, RegistrationLedger& ledger);
    Registration route(http::Route route) override;

private:
    std::unique_ptr<http::Router> inner_;
    Firewall& firewall_;
    RegistrationLedger& ledger_;
};

class GuardedScheduler final : public Scheduler {
public:
    GuardedScheduler(std::unique_ptr<Scheduler> inner, Firewall& firewall, RegistrationLedger& ledger);
    Registration every(const std::string& name, std::chrono::milliseconds interval,
                       std::function<void()> work) override;
    Registration after(const std::string& name, std::chrono::milliseconds delay, std::function<void()> work) override;
    void post(const std::string& name, std::function<void()> work) override;
    // Withdraws what is left, posted work included, and waits for what is running; nothing is taken after it.
    void close() noexcept;

private:
    std::function<void()> guarded(const std::string& kind, const std::string& name, std::function<void()> work);
    std::shared_ptr<Scheduler> inner() const;

    mutable std::mutex mutex_;
    std::shared_ptr<Scheduler> inner_;
    Firewall& firewall_;
    RegistrationLedger& ledger_;
    Firewall::Entry posted_;
};

class GuardedEvents final : public Events {
public:
    GuardedEvents(Events& inner, Firewall& firewall, RegistrationLedger& ledger);

private:
    void publish_any(const std::type_info& type, std::any event) override;
    Registration subscribe_any(const std::type_info& type, const std::string& name, std::size_t queue_size,
                               Overflow overflow, std::function<void(const std::any&)> handler) override;

    Events& inner_;
    Firewall& firewall_;
    RegistrationLedger& ledger_;
};

class GuardedDatabase final : public Database {
public:
    GuardedDatabase(std::unique_ptr<Database> inner, Firewall& firewall, RegistrationLedger& ledger);
    void write_erased(const char* label, Durability durability, std::function<void(WriteTx&)> fn,
                      std::function<void(std::exception_ptr)> done) override;
    Registration subscribe(const std::string& name, const std::string& type_prefix,
                           std::function<void(const RecordedFact&)> handler) override;
    // Waits until what is queued has been written; nothing is taken after it.
    void close() noexcept;

private:
    void read_erased(const char* label, const std::function<void(ReadTx&)>& fn) override;
    std::shared_ptr<Database> inner() const;

    mutable std::mutex mutex_;
    std::shared_ptr<Database> inner_;
    Firewall& firewall_;
    RegistrationLedger& ledger_;
    Firewall::Entry write_, done_;
};

class GuardedCatalogue final : public Catalogue {
public:
    GuardedCatalogue(Catalogue& inner, Firewall& firewall, RegistrationLedger& ledger);
    std::shared_ptr<const CatalogueSnapshot> snapshot() const override { return inner_.snapshot(); }
    Credentials credentials(const Camera& camera, StreamRole role) const override {
        return inner_.credentials(camera, role);
    }
    Registration provide_live(std::string engine_name, std::function<CameraLive(const Camera&)> read) override;
    Registration provide_stream_url(std::string kind, std::function<std::string(const Camera&)> url) override;
    CameraLive live(const Camera& camera) const override { return inner_.live(camera); }
    std::string engine_name() const override { return inner_.engine_name(); }
    std::optional<std::string> stream_url(const std::string& kind, const Camera& camera) const override {
        return inner_.stream_url(kind, camera);
    }

private:
    Catalogue& inner_;
    Firewall& firewall_;
    RegistrationLedger& ledger_;
};

class GuardedMetrics final : public Metrics {
public:
    GuardedMetrics(Metrics& inner, Firewall& firewall, RegistrationLedger& ledger);
    Counter& counter(const std::string& name, const std::string& help, const MetricLabels& labels) override {
        return inner_.counter(name, help, labels);
    }
    Gauge& gauge(const std::string& name, const std::string& help, const MetricLabels& labels) override {
        return inner_.gauge(name, help, labels);
    }
    Histogram& histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                         const MetricLabels& labels) override {
        return inner_.histogram(name, help, bounds, labels);
    }
    Registration observe(const std::string& name, const std::string& help, const MetricLabels& labels,
                         std::function<double()> read) override;

private:
    Metrics& inner_;
    Firewall& firewall_;
    RegistrationLedger& ledger_;
};

class GuardedHttpClient final : public HttpClient {
public:
    GuardedHttpClient(HttpClient& inner, Firewall& firewall);
    HttpCall send(HttpClientRequest request, Done done) override;
    // Cancels what is under way and waits for a callback that is running; nothing is taken after it, and nothing of the
    // plugin is kept by calls that end later.
    void close() noexcept;

private:
    struct Calls;

    HttpClient& inner_;
    std::shared_ptr<Calls> calls_;
};

class GuardedServices final : public Services {
public:
    GuardedServices(ServiceRegistry& registry, const Descriptor& descriptor, RegistrationLedger& ledger);

private:
    Registration provide_named(const std::string& name, std::shared_ptr<Service> service) override;
    std::shared_ptr<Service> find_named(const std::string& name) const override;

    ServiceRegistry& registry_;
    const Descriptor& descriptor_;
    RegistrationLedger& ledger_;
};

}  // namespace gatehouse::plugin
