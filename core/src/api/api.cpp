#include "api/api.h"

#include <utility>

#include "api/answering.h"
#include "api/json_body.h"
#include "api/routes.h"

namespace gatehouse::api {

http::Route get_route(const Dependencies& api, std::string name, std::string pattern, http::Access access,
                      http::CachePolicy cache, std::function<http::Response(http::Request&)> make) {
    http::Route route;
    route.name = std::move(name);
    route.methods = {http::Method::kGet};
    route.pattern = std::move(pattern);
    route.access = access;
    route.cache = std::move(cache);
    route.handler = [api, make = std::move(make)](http::Request& request, http::Responder responder) {
        answer(request, std::move(responder), api->logger, make);
    };
    return route;
}

http::Route change_route(const Dependencies& api, http::Method method, std::string name, std::string pattern,
                         std::string audit_action, bool has_body, std::function<http::Response(http::Request&)> make) {
    http::Route route = get_route(api, std::move(name), std::move(pattern), http::Access::kAdmin, {}, std::move(make));
    route.methods = {method};
    route.cache.reset();
    route.audit_action = std::move(audit_action);
    route.body_limit_bytes = has_body ? kLargestBody : 0;
    return route;
}

Registrations register_api(const ApiDependencies& dependencies) {
    const auto api = std::make_shared<const ApiDependencies>(dependencies);
    Registrations out;
    // A burst of transitions needs no more than the last invalidation, so a small queue that drops the oldest will do.
    out += api->events.subscribe<CameraLiveChanged>(
        "api.live", 64, Overflow::kDropOldest, [api](const CameraLiveChanged&) { api->caches.invalidate(kLiveTag); });
    add_health_routes(api, out);
    add_public_routes(api, out);
    add_cache_routes(api, out);
    add_camera_routes(api, out);
    add_area_routes(api, out);
    add_admin_routes(api, out);
    return out;
}

}  // namespace gatehouse::api
