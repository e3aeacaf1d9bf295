// /health and /metrics.
#include <utility>

#include "api/answering.h"
#include "api/camera_views.h"
#include "api/contract/json_fields.h"
#include "api/machine_facts.h"
#include "api/routes.h"

namespace gatehouse::api {

namespace {

using http::Access;
using http::Request;
using http::Response;

struct Start {
    std::string zone;
    MonotonicTime at;
};

void put_details(const ApiDependencies& api, const Start& start, const HealthReport& report,
                 Poco::JSON::Object::Ptr out) {
    using contract::json_count;
    out->set("version", api.version);
    const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(api.clock.monotonic_now() - start.at);
    out->set("uptimeSeconds", contract::json_int(uptime.count()));
    out->set("engine", contract::json_text(api.catalogue.engine_name()));
    const auto db = api.database.stats();
    auto database = contract::json_object();
    database->set("readPoolInUse", json_count(db.read_in_use));
    database->set("readPoolSize", json_count(db.read_open));
    database->set("exhausted", json_count(db.exhausted));
    database->set("busyErrors", json_count(db.busy_errors));
    database->set("failedWrites", json_count(db.failed_writes));
    if (!db.refusal.empty()) database->set("refusesWrites", contract::json_text(db.refusal));
    out->set("db", database);
    const auto total = api.caches.stats();
    auto cache = contract::json_object();
    cache->set("entries", json_count(total.entries));
    cache->set("bytes", json_count(total.bytes));
    cache->set("hitRate", contract::hit_rate(total.hits, total.misses));
    out->set("cache", cache);
    const auto used = descriptors();
    auto files = contract::json_object();
    files->set("open", json_count(used.open));
    files->set("limit", json_count(used.limit));
    out->set("descriptors", files);
    if (report.details)
        for (const auto& name : report.details->getNames()) out->set(name, report.details->get(name));
}

Response health(const ApiDependencies& api, const Start& start, const Request& request) {
    const HealthReport report = api.health ? api.health() : HealthReport{};
    const auto now = api.clock.utc_now();
    auto body = contract::health(report.degraded, now, local_time_now(now, start.zone),
                                 api.security ? api.security() : contract::SecurityFacts{});
    if (request.client_is_loopback() || request.caller().is_admin()) put_details(api, start, report, body);
    return private_json(200, contract::text_of(body));
}

}  // namespace

void add_health_routes(const Dependencies& api, Registrations& out) {
    const Start start{time_zone_name(), api->clock.monotonic_now()};
    auto route = get_route(api, "health", "/health", Access::kPublic, {},
                           [api, start](Request& request) { return health(*api, start, request); });
    route.lane = http::Lane::kLoop;  // must answer while the worker lane is stuck
    out += api->router.route(std::move(route));
    if (!api->metrics_text) return;
    out += api->router.route(get_route(api, "metrics", "/metrics", Access::kLoopbackOrAdmin, {}, [api](Request&) {
        return Response::text(200, api->metrics_text(), "text/plain; version=0.0.4; charset=utf-8");
    }));
}

}  // namespace gatehouse::api
