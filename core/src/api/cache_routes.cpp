// Statistics and clearing of the caches, for administrators and for operators on the box.
#include <string_view>
#include <utility>

#include <gatehouse/error.h>

#include "api/answering.h"
#include "api/contract/json_fields.h"
#include "api/routes.h"

namespace gatehouse::api {

namespace {

using http::Access;
using http::Method;
using http::Request;
using http::Response;

constexpr std::size_t kKeysShown = 200;

Response stats(const ApiDependencies& api, const Request&) {
    return private_json(200, contract::success(contract::cache_stats(api.caches.stats(), api.caches.per_cache(),
                                                                     api.caches.keys(kKeysShown))));
}

Response invalidate(const ApiDependencies& api, const Request& request) {
    const auto body = body_of(request);
    const auto value = body->has("pattern") ? body->get("pattern") : Poco::Dynamic::Var();
    std::string pattern = !value.isEmpty() && value.isString() ? value.extract<std::string>() : std::string();
    // Operators' notes have the original system's key form.
    constexpr std::string_view kOldForm = "middleware:GET:";
    if (pattern.starts_with(kOldForm)) pattern.erase(0, kOldForm.size());
    if (pattern.empty()) throw Error(ErrorCode::kInvalidArgument, "Pattern is required");
    const auto count = api.caches.erase_matching(pattern);
    auto answer = contract::json_object();
    answer->set("success", true);
    answer->set("message", "Invalidated " + std::to_string(count) + " cache entries");
    answer->set("count", contract::json_count(count));
    return private_json(200, contract::text_of(answer));
}

Response clear(const ApiDependencies& api, const Request&) {
    api.caches.clear();
    return private_json(200, contract::success_message("Cache cleared"));
}

Response admin_clear(const ApiDependencies& api, const Request&) {
    const auto count = api.caches.clear();
    auto data = contract::json_object();
    data->set("cleared", contract::json_count(count));
    return private_json(200, contract::success_message(
                                 "Cache cleared successfully. " + std::to_string(count) + " entries removed.", data));
}

}  // namespace

void add_cache_routes(const Dependencies& api, Registrations& out) {
    const auto bound = [&](auto handler) {
        return [api, handler](Request& request) { return handler(*api, request); };
    };
    const auto add = [&](http::Route route) {
        route.access = Access::kLoopbackOrAdmin;
        out += api->router.route(std::move(route));
    };
    for (const auto& [name, prefix] : {std::pair<std::string, std::string>{"cache", "/api/cache"},
                                       std::pair<std::string, std::string>{"admin.cache", "/api/admin/cache"}}) {
        const bool admin = name != "cache";
        add(get_route(api, name + ".stats", prefix + "/stats", Access::kLoopbackOrAdmin, {}, bound(stats)));
        add(change_route(api, Method::kPost, name + ".invalidate", prefix + "/invalidate", "cache.invalidate", true,
                         bound(invalidate)));
        auto clear_route = change_route(api, Method::kPost, name + ".clear", prefix + "/clear", "cache.clear", true,
                                        admin ? std::function<Response(Request&)>(bound(admin_clear)) : bound(clear));
        add(std::move(clear_route));
    }
}

}  // namespace gatehouse::api
