// Routes, catalogue, metrics and services as a plugin sees them.
#include <algorithm>

#include <gatehouse/error.h>

#include "plugin/guarded.h"

namespace gatehouse::plugin {

GuardedRouter::GuardedRouter(std::unique_ptr<http::Router> inner, Firewall& firewall, RegistrationLedger& ledger)
    : inner_(std::move(inner)), firewall_(firewall), ledger_(ledger) {}

Registration GuardedRouter::route(http::Route route) {
    if (!route.handler) throw Error(ErrorCode::kInvalidArgument, "route " + route.name + " has no handler");
    // A handler that throws drops its Responder, which answers 500.
    route.handler = [entry = firewall_.entry("route", route.name), handler = std::move(route.handler)](
                        http::Request& request, http::Responder responder) {
        if (entry.closed()) return responder.fail(503, "This function is not running at the moment");
        entry.call([&] { handler(request, std::move(responder)); });
    };
    return ledger_.keep(inner_->route(std::move(route)));
}

GuardedCatalogue::GuardedCatalogue(Catalogue& inner, Firewall& firewall, RegistrationLedger& ledger)
    : inner_(inner), firewall_(firewall), ledger_(ledger) {}

Registration GuardedCatalogue::provide_live(std::string engine_name, std::function<CameraLive(const Camera&)> read) {
    auto guarded = [entry = firewall_.entry("catalogue", "live"), read = std::move(read)](const Camera& camera) {
        CameraLive live;
        entry.call([&] { live = read(camera); });
        return live;
    };
    return ledger_.keep(inner_.provide_live(std::move(engine_name), std::move(guarded)));
}

Registration GuardedCatalogue::provide_stream_url(std::string kind, std::function<std::string(const Camera&)> url) {
    auto guarded = [entry = firewall_.entry("catalogue", "stream_url"), url = std::move(url)](const Camera& camera) {
        std::string text;
        entry.call([&] { text = url(camera); });
        return text;
    };
    return ledger_.keep(inner_.provide_stream_url(std::move(kind), std::move(guarded)));
}

GuardedMetrics::GuardedMetrics(Metrics& inner, Firewall& firewall, RegistrationLedger& ledger)
    : inner_(inner), firewall_(firewall), ledger_(ledger) {}

Registration GuardedMetrics::observe(const std::string& name, const std::string& help, const MetricLabels& labels,
                                     std::function<double()> read) {
    auto guarded = [entry = firewall_.entry("metric", name), read = std::move(read)] {
        double value = 0;
        entry.call([&] { value = read(); });
        return value;
    };
    return ledger_.keep(inner_.observe(name, help, labels, std::move(guarded)));
}

GuardedServices::GuardedServices(ServiceRegistry& registry, const Descriptor& descriptor, RegistrationLedger& ledger)
    : registry_(registry), descriptor_(descriptor), ledger_(ledger) {}

Registration GuardedServices::provide_named(const std::string& name, std::shared_ptr<Service> service) {
    if (std::find(descriptor_.provides.begin(), descriptor_.provides.end(), name) == descriptor_.provides.end())
        throw Error(ErrorCode::kInvalidArgument, "service " + name + " is not among what the descriptor provides");
    return ledger_.keep(registry_.provide(name, std::move(service)));
}

std::shared_ptr<Service> GuardedServices::find_named(const std::string& name) const {
    const auto lists = [&](const std::vector<std::string>& names) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    // Undeclared needs would make the order of start a matter of luck.
    if (!lists(descriptor_.required) && !lists(descriptor_.optional) && !lists(descriptor_.provides))
        throw Error(ErrorCode::kInvalidArgument, "service " + name + " is not among what the descriptor requires");
    return registry_.find(name);
}

}  // namespace gatehouse::plugin
