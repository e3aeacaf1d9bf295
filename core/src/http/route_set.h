// An immutable set of routes and the search through it.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/route_entry.h"

namespace gatehouse::http {

struct Placeholder {
    std::string prefix;
    int status = 404;
    std::string message;
    int retry_after_s = 0;
};

inline constexpr std::size_t kMethods = 7;  // of Method, without kOther

struct RouteMatch {
    // By method; null where the path exists but not with that method. HEAD is served by GET where it is not declared.
    const std::array<std::shared_ptr<RouteEntry>, kMethods>* methods = nullptr;
    std::array<std::string_view, kMaxParameters> parameters;  // views into the path
    std::size_t parameter_count = 0;

    explicit operator bool() const noexcept { return methods != nullptr; }
    RouteEntry* find(Method method) const noexcept;
    std::shared_ptr<RouteEntry> share(Method method) const;
    std::string allow() const;  // "GET, HEAD, OPTIONS"
};

// Thread-safe once built. A literal segment goes before a placeholder, that before {rest*}.
class RouteSet {
public:
    // Throws Error(kInvalidArgument) where two routes answer the same method on the same pattern.
    RouteSet(const std::vector<std::shared_ptr<RouteEntry>>& entries,
             std::vector<std::shared_ptr<const Placeholder>> placeholders);

    // `path` begins with '/' and must outlive the match.
    RouteMatch match(std::string_view path) const;
    // The longest prefix that holds the path, the latest among equals; null if none does.
    const Placeholder* placeholder(std::string_view path) const;

private:
    struct Node {
        std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
        std::unique_ptr<Node> parameter;
        std::unique_ptr<Node> rest;
        std::array<std::shared_ptr<RouteEntry>, kMethods> methods;
        bool terminal = false;
    };
    void add(const std::shared_ptr<RouteEntry>& entry);
    static bool search(const Node& node, std::string_view path, std::size_t at, RouteMatch& match);
    static bool descend(const Node& node, std::string_view path, std::size_t next, bool last, RouteMatch& match);

    Node root_;
    std::vector<std::shared_ptr<const Placeholder>> placeholders_;
};

}  // namespace gatehouse::http
