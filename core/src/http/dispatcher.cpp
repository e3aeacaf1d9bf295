#include "http/dispatcher.h"

#include <algorithm>
#include <utility>

#include <gatehouse/accounts.h>

#include "http/exchange.h"
#include "http/front_loop.h"
#include "http/response_cache.h"
#include "http/route_entry.h"

namespace gatehouse::http {

namespace {

constexpr char kAllMethods[] = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
constexpr char kAllowedHeaders[] = "Authorization, Content-Type, If-None-Match, Range, X-API-Key, X-CSRF-Token";

bool refuse(Exchange& exchange, int status, std::string_view message, int retry_after_s = 0) {
    exchange.send(error_response(status, message, exchange.request_id(), retry_after_s));
    return false;
}

bool no_content(Exchange& exchange, std::vector<std::pair<std::string, std::string>> headers) {
    Entity::Options options;
    options.status = 204;
    Response response = Response::of(Entity::make(std::move(options), Body()));
    response.headers = std::move(headers);
    exchange.send(std::move(response));
    return false;
}

bool within_rate(Exchange& exchange, FrontShared& shared) {
    if (!shared.rate.enabled() || exchange.peer->caller.is_admin()) return true;
    const auto wait = shared.rate.take(exchange.client_ip(), std::chrono::steady_clock::now());
    if (wait.count() == 0) return true;
    shared.metrics.rate_limited->add();
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait);
    return refuse(exchange, 429, "Too many requests from this address", static_cast<int>(seconds.count()));
}

bool unknown_path(Exchange& exchange, const RouteSet& routes) {
    if (const Placeholder* placeholder = routes.placeholder(exchange.path()))
        return refuse(exchange, placeholder->status, placeholder->message, placeholder->retry_after_s);
    return refuse(exchange, 404, "There is nothing at this path");
}

bool answer_options(Exchange& exchange, const RouteMatch& match, const Cors& cors) {
    const std::string allow = match ? match.allow() : std::string(kAllMethods);
    const std::string_view wanted = exchange.header("Access-Control-Request-Method");
    if (wanted.empty() || !match) return no_content(exchange, {{"Allow", allow}});
    const RouteEntry* get = match.find(Method::kGet);
    const bool media = get != nullptr && get->route().any_origin && (wanted == "GET" || wanted == "HEAD");
    std::vector<std::pair<std::string, std::string>> headers{{"Allow", allow}};
    const auto verdict = cors.judge(exchange.header("Origin"), exchange.host());
    if (media)
        headers.emplace_back("Access-Control-Allow-Origin", "*");
    else if (verdict == Cors::Verdict::kForeign || verdict == Cors::Verdict::kNoOrigin)
        return refuse(exchange, 403, "This origin is not allowed");
    else
        exchange.origin = verdict;
    headers.emplace_back("Access-Control-Allow-Methods", allow);
    headers.emplace_back("Access-Control-Allow-Headers", kAllowedHeaders);
    headers.emplace_back("Access-Control-Max-Age", "600");
    return no_content(exchange, std::move(headers));
}

bool may_call(Exchange& exchange, Access access) {
    const bool admin = exchange.caller().is_admin();
    switch (access) {
        case Access::kPublic:
            return true;
        case Access::kLoopbackOrAdmin:
            if (admin || exchange.client_is_loopback()) return true;
            return refuse(exchange, 403, "Only for administrators and for clients on this machine");
        case Access::kAdmin:
            return admin || refuse(exchange, 403, "Only for administrators");
    }
    return false;
}

// A page of a foreign origin may read what is public, but not have anything changed in its visitor's name.
bool origin_may_call(Exchange& exchange, const Cors& cors) {
    const std::string_view origin = exchange.head->header(beast_http::field::origin);
    if (origin.empty()) return true;
    exchange.origin = cors.judge(origin, exchange.host());
    const Method method = exchange.method();
    if (exchange.origin != Cors::Verdict::kForeign || method == Method::kGet || method == Method::kHead) return true;
    return refuse(exchange, 403, "This origin is not allowed");
}

}  // namespace

bool admit(Exchange& exchange, FrontLoop& loop) {
    FrontShared& shared = loop.shared();
    const HeadParser& head = *exchange.head;
    if (exchange.peer->turned_away) {
        exchange.close_after = true;
        return refuse(exchange, 403,
                      "Only root, the gateway's user and members of its administrators' group may use this door");
    }
    if (!within_rate(exchange, shared)) return false;
    if (head.method() == Method::kOther) return refuse(exchange, 501, "This method is not known here");
    auto target = normalise_target(head.target(), exchange.scratch);
    if (!target || (target->form == Target::Form::kAsterisk && head.method() != Method::kOptions))
        return refuse(exchange, 400, "The request target is malformed");
    exchange.target_parts = *target;
    if (target->form == Target::Form::kAsterisk) return no_content(exchange, {{"Allow", kAllMethods}});

    const RouteSet& routes = loop.routes();
    const RouteMatch match = routes.match(target->path);
    if (!match) return unknown_path(exchange, routes);
    if (head.method() == Method::kOptions) return answer_options(exchange, match, shared.cors);
    exchange.entry = match.share(head.method());
    if (!exchange.entry) {
        Response response = error_response(405, "This method is not allowed here", exchange.request_id());
        response.headers.emplace_back("Allow", match.allow());
        exchange.send(std::move(response));
        return false;
    }
    exchange.parameters = match.parameters;
    exchange.parameter_count = match.parameter_count;
    const Route& route = exchange.entry->route();
    if (!may_call(exchange, route.access) || !origin_may_call(exchange, shared.cors)) return false;
    const bool too_large = head.declared_length() > route.body_limit_bytes;
    if (head.expects_body() && (too_large || route.body_limit_bytes == 0))
        return refuse(exchange, 413, "The request's body is too large");
    return true;
}

void call(Exchange& exchange, FrontLoop& loop) {
    FrontShared& shared = loop.shared();
    const Route& route = exchange.entry->route();
    const bool reads = exchange.method() == Method::kGet || exchange.method() == Method::kHead;
    if (reads && route.cache && route.cache->ttl.count() != 0 && shared.accounts.sees_public_view(exchange.caller()) &&
        shared.cache->serve(exchange))
        return;
    start_handler(exchange, exchange.shared_from_this(), shared);
}

}  // namespace gatehouse::http
