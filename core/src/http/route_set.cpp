#include "http/route_set.h"

#include <gatehouse/error.h>

namespace gatehouse::http {

namespace {

std::size_t index_of(Method method) { return static_cast<std::size_t>(method); }

}  // namespace

RouteEntry* RouteMatch::find(Method method) const noexcept {
    if (methods == nullptr || method == Method::kOther) return nullptr;
    RouteEntry* entry = (*methods)[index_of(method)].get();
    if (entry == nullptr && method == Method::kHead) entry = (*methods)[index_of(Method::kGet)].get();
    return entry;
}

std::shared_ptr<RouteEntry> RouteMatch::share(Method method) const {
    RouteEntry* entry = find(method);
    for (const auto& each : *methods)
        if (each.get() == entry) return each;
    return nullptr;
}

std::string RouteMatch::allow() const {
    std::string text;
    for (const Method method :
         {Method::kGet, Method::kHead, Method::kPost, Method::kPut, Method::kPatch, Method::kDelete})
        if (find(method) != nullptr) (text += name(method)) += ", ";
    return text + "OPTIONS";
}

RouteSet::RouteSet(const std::vector<std::shared_ptr<RouteEntry>>& entries,
                   std::vector<std::shared_ptr<const Placeholder>> placeholders)
    : placeholders_(std::move(placeholders)) {
    for (const auto& entry : entries) add(entry);
}

void RouteSet::add(const std::shared_ptr<RouteEntry>& entry) {
    Node* node = &root_;
    for (const PatternSegment& segment : entry->segments()) {
        std::unique_ptr<Node>* next = nullptr;
        switch (segment.kind) {
            case PatternSegment::Kind::kLiteral:
                next = &node->literals[segment.text];
                break;
            case PatternSegment::Kind::kParameter:
                next = &node->parameter;
                break;
            case PatternSegment::Kind::kRest:
                next = &node->rest;
                break;
        }
        if (!*next) *next = std::make_unique<Node>();
        node = next->get();
    }
    node->terminal = true;
    for (const Method method : entry->route().methods) {
        auto& slot = node->methods[index_of(method)];
        if (slot)
            throw Error(ErrorCode::kInvalidArgument, "route '" + entry->route().name + "' (" + entry->owner() +
                                                         ") clashes with route '" + slot->route().name + "' (" +
                                                         slot->owner() + "): both answer " + std::string(name(method)) +
                                                         ' ' + entry->route().pattern);
        slot = entry;
    }
}

RouteMatch RouteSet::match(std::string_view path) const {
    RouteMatch match;
    if (path.empty() || path.front() != '/' || !search(root_, path, 1, match)) return {};
    return match;
}

// `at` is where the next segment begins. The depth is bounded by the patterns', the branching by 2 per level.
bool RouteSet::search(const Node& node, std::string_view path, std::size_t at, RouteMatch& match) {
    const auto slash = path.find('/', at);
    const bool last = slash == std::string_view::npos;
    const std::string_view segment = path.substr(at, last ? slash : slash - at);
    const std::size_t next = last ? path.size() : slash + 1;
    if (const auto found = node.literals.find(segment);
        found != node.literals.end() && descend(*found->second, path, next, last, match))
        return true;
    if (node.parameter && !segment.empty()) {
        match.parameters[match.parameter_count++] = segment;
        if (descend(*node.parameter, path, next, last, match)) return true;
        --match.parameter_count;
    }
    if (node.rest) {
        match.parameters[match.parameter_count++] = path.substr(at);
        match.methods = &node.rest->methods;
        return true;
    }
    return false;
}

bool RouteSet::descend(const Node& node, std::string_view path, std::size_t next, bool last, RouteMatch& match) {
    if (!last) return search(node, path, next, match);
    if (!node.terminal) return false;
    match.methods = &node.methods;
    return true;
}

const Placeholder* RouteSet::placeholder(std::string_view path) const {
    const Placeholder* best = nullptr;
    for (const auto& each : placeholders_)
        if (lies_under(path, each->prefix) && (best == nullptr || each->prefix.size() >= best->prefix.size()))
            best = each.get();
    return best;
}

}  // namespace gatehouse::http
