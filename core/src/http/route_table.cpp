#include "http/route_table.h"

#include <algorithm>

#include <gatehouse/error.h>

#include "http/route_entry.h"
#include "http/route_pattern.h"
#include "http/route_set.h"

namespace gatehouse::http {

namespace {

constexpr std::size_t kMaxBodyBytes = 64u << 20;

bool is_safe(Method method) { return method == Method::kGet || method == Method::kHead || method == Method::kOptions; }

bool has(const std::vector<Method>& methods, Method method) {
    return std::find(methods.begin(), methods.end(), method) != methods.end();
}

// What is missing or wrong; empty if nothing.
std::string complaint(const Route& route) {
    const bool changes = std::any_of(route.methods.begin(), route.methods.end(), [](Method m) { return !is_safe(m); });
    const bool name_fits = !route.name.empty() && std::all_of(route.name.begin(), route.name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    });
    if (!name_fits) return "name must match [a-z0-9._-]+";
    if (!route.handler) return "handler is missing";
    if (route.methods.empty()) return "methods are missing";
    if (has(route.methods, Method::kOther) || has(route.methods, Method::kOptions))
        return "methods may be GET, HEAD, POST, PUT, PATCH and DELETE (the host answers OPTIONS)";
    if (has(route.methods, Method::kGet) && !route.cache)
        return "cache is missing: a GET route says CachePolicy{} for 'not cached'";
    if (changes && route.audit_action.empty()) return "audit_action is missing: the route changes something";
    if (route.body_limit_bytes > kMaxBodyBytes) return "body_limit_bytes is above 64 MiB";
    if (route.any_origin && changes) return "any_origin is for GET and HEAD";
    if (!route.cache || route.cache->ttl.count() == 0) return {};
    if (route.cache->ttl.count() < 0 && route.cache->ttl != kPublicTtl) return "cache.ttl is negative";
    if (changes || !has(route.methods, Method::kGet)) return "cache is for GET";
    if (route.access != Access::kPublic) return "cache is for public routes: everybody is given the stored answer";
    return {};
}

class OwnerRouter final : public Router {
public:
    using Add = std::function<Registration(const std::string&, const std::vector<std::string>&, Route)>;
    OwnerRouter(std::string owner, std::vector<std::string> prefixes, Add add)
        : owner_(std::move(owner)), prefixes_(std::move(prefixes)), add_(std::move(add)) {}
    Registration route(Route route) override { return add_(owner_, prefixes_, std::move(route)); }

private:
    const std::string owner_;
    const std::vector<std::string> prefixes_;
    const Add add_;
};

}  // namespace

RouteTable::RouteTable(Metrics& metrics)
    : metrics_(metrics),
      set_(std::make_shared<const RouteSet>(std::vector<std::shared_ptr<RouteEntry>>{},
                                            std::vector<std::shared_ptr<const Placeholder>>{})) {}

RouteTable::~RouteTable() = default;

Registration RouteTable::route(Route route) { return add("core", {"/"}, std::move(route)); }

std::unique_ptr<Router> RouteTable::for_owner(std::string owner, std::vector<std::string> prefixes) {
    return std::make_unique<OwnerRouter>(std::move(owner), std::move(prefixes),
                                         [this](const std::string& name, const std::vector<std::string>& allowed,
                                                Route route) { return add(name, allowed, std::move(route)); });
}

Registration RouteTable::add(const std::string& owner, const std::vector<std::string>& prefixes, Route route) {
    if (const std::string wrong = complaint(route); !wrong.empty())
        throw Error(ErrorCode::kInvalidArgument, "route '" + route.name + "' (" + owner + "): " + wrong);
    auto segments = parse_pattern(route.pattern);
    if (std::none_of(prefixes.begin(), prefixes.end(), [&](const auto& p) { return lies_under(route.pattern, p); }))
        throw Error(ErrorCode::kInvalidArgument, "route '" + route.name + "': " + route.pattern +
                                                     " lies under no route prefix that " + owner + " declares");
    Counter& failures =
        metrics_.counter("gatehouse_http_handler_failures_total", "Exceptions that left a route's handler",
                         {{"owner", owner}, {"route", route.name}});
    auto entry = std::make_shared<RouteEntry>(owner, std::move(route), std::move(segments), failures);
    {
        const std::lock_guard lock(mutex_);
        auto entries = entries_;
        entries.push_back(entry);
        publish(std::move(entries), placeholders_);
    }
    return Registration([this, entry] { withdraw(entry); });
}

void RouteTable::withdraw(const std::shared_ptr<RouteEntry>& entry) {
    {
        const std::lock_guard lock(mutex_);
        auto entries = entries_;
        std::erase(entries, entry);
        publish(std::move(entries), placeholders_);
    }
    entry->withdraw();
}

Registration RouteTable::placeholder(std::string prefix, int status, std::string message, int retry_after_s) {
    if (prefix.empty() || prefix.front() != '/' || status < 400 || status > 599)
        throw Error(ErrorCode::kInvalidArgument, "placeholder '" + prefix + "': needs a path and an error status");
    auto placeholder =
        std::make_shared<const Placeholder>(Placeholder{std::move(prefix), status, std::move(message), retry_after_s});
    {
        const std::lock_guard lock(mutex_);
        auto placeholders = placeholders_;
        placeholders.push_back(placeholder);
        publish(entries_, std::move(placeholders));
    }
    return Registration([this, placeholder] {
        const std::lock_guard lock(mutex_);
        auto placeholders = placeholders_;
        std::erase(placeholders, placeholder);
        publish(entries_, std::move(placeholders));
    });
}

// The set is built before anything is changed, so that a clash leaves all as it was.
void RouteTable::publish(std::vector<std::shared_ptr<RouteEntry>> entries,
                         std::vector<std::shared_ptr<const Placeholder>> placeholders) {
    set_ = std::make_shared<const RouteSet>(entries, placeholders);
    entries_ = std::move(entries);
    placeholders_ = std::move(placeholders);
    version_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const RouteSet> RouteTable::snapshot() const {
    const std::lock_guard lock(mutex_);
    return set_;
}

std::vector<RouteTable::Listed> RouteTable::list() const {
    const std::lock_guard lock(mutex_);
    std::vector<Listed> listed;
    for (const auto& entry : entries_) {
        std::string methods;
        for (const Method method : entry->route().methods) (methods += methods.empty() ? "" : ",") += name(method);
        listed.push_back({entry->owner(), entry->route().name, entry->route().pattern, std::move(methods)});
    }
    return listed;
}

}  // namespace gatehouse::http
