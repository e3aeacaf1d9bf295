#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>

#include "config/app_settings.h"

namespace gatehouse::config {

namespace {

bool is_number_within(std::string_view text, unsigned max) {
    unsigned value = 0;
    if (text.empty() || text.size() > 5) return false;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failure == std::errc() && end == text.data() + text.size() && value <= max;
}

struct ListenAddress {
    int family = AF_INET;
    in6_addr address{};  // the first four bytes of it in IPv4
    std::string port;

    bool is_any() const {
        const in6_addr zero{};
        return std::memcmp(&address, &zero, sizeof zero) == 0;
    }
    // One socket would keep the other from being bound.
    bool collides(const ListenAddress& other) const {
        if (family != other.family || std::stoi(port) != std::stoi(other.port) || std::stoi(port) == 0) return false;
        return is_any() || other.is_any() || std::memcmp(&address, &other.address, sizeof address) == 0;
    }
};

std::optional<ListenAddress> listen_address(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos || !is_number_within(std::string_view(text).substr(colon + 1), 65'535)) return {};
    ListenAddress found;
    found.port = text.substr(colon + 1);
    std::string host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
        found.family = AF_INET6;
    }
    if (::inet_pton(found.family, host.c_str(), &found.address) != 1) return {};
    // An IPv4 address in IPv6 letters: our IPv6 sockets take IPv6 only.
    if (found.family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&found.address)) return {};
    return found;
}

bool is_listen_address(const std::string& text) { return listen_address(text).has_value(); }

bool is_network(const std::string& text) {
    const auto slash = text.find('/');
    const std::string address = text.substr(0, slash);
    in6_addr v6{}, v4{};  // Poco's IPAddress::tryParse does not take "::" for an address
    const bool is_v6 = ::inet_pton(AF_INET6, address.c_str(), &v6) == 1;
    if (!is_v6 && ::inet_pton(AF_INET, address.c_str(), &v4) != 1) return false;
    const unsigned most_bits = is_v6 && !IN6_IS_ADDR_V4MAPPED(&v6) ? 128 : 32;
    return slash == std::string::npos || is_number_within(std::string_view(text).substr(slash + 1), most_bits);
}

// Compared byte by byte with what browsers send: no path, no user, no pattern.
bool is_origin(const std::string& text) {
    const auto authority = text.find("://");
    if (authority == std::string::npos || text.find_first_of("/?#@ *\t\r\n", authority + 3) != std::string::npos)
        return false;
    try {
        const Poco::URI uri(text);
        return (uri.getScheme() == "http" || uri.getScheme() == "https") && !uri.getHost().empty() &&
               uri.getPathAndQuery().empty() && uri.getUserInfo().empty();
    } catch (const Poco::Exception&) {
        return false;
    }
}

// Checks each item of a list where it is written; defaults are known to be good.
void check_items(const ConfigNode& node, bool (*good)(const std::string&), const char* what, ConfigIssues& issues) {
    for (const auto& item : node.items())
        if (item.kind() == ConfigNode::Kind::kScalar && !good(item.scalar()))
            issues.add(item.location(), "'" + item.scalar().substr(0, 64) + "' is not " + what);
}

void check_repeats(const ConfigNode& node, ConfigIssues& issues) {
    const auto& items = node.items();
    for (auto item = items.begin(); item != items.end(); ++item)
        if (std::any_of(items.begin(), item, [&](const ConfigNode& other) { return other.scalar() == item->scalar(); }))
            issues.add(item->location(), "'" + item->scalar().substr(0, 64) + "' is named twice");
}

// Both doors together; a default has no place of its own in the file, so what stands there is what collides with it.
void check_collisions(const AppSettings& settings, const ConfigNode& http, const ConfigNode& https,
                      ConfigIssues& issues) {
    std::vector<std::pair<std::string, ListenAddress>> before;
    if (http.kind() != ConfigNode::Kind::kSequence)
        for (const auto& text : settings.http.listen)
            if (const auto address = listen_address(text)) before.emplace_back(text, *address);
    for (const ConfigNode* list : {&http, &https})
        for (const auto& item : list->items()) {
            const auto address = listen_address(item.scalar());
            if (!address) continue;  // an issue already
            const auto taken = std::find_if(before.begin(), before.end(),
                                            [&](const auto& other) { return address->collides(other.second); });
            if (taken != before.end())
                issues.add(item.location(), "'" + item.scalar() + "' is taken by '" + taken->first + "' already");
            before.emplace_back(item.scalar(), *address);
        }
}

void check_paths(const ConfigNode& paths, ConfigIssues& issues) {
    for (const auto& entry : paths.entries())
        if (entry.value.kind() == ConfigNode::Kind::kScalar && !entry.value.scalar().starts_with('/') &&
            !(entry.key == "plugin_dir" && entry.value.scalar().empty()))
            issues.add(entry.value.location(), entry.key + " must be an absolute path");
}

void check_critical(const AppSettings& settings, const ConfigNode& node, ConfigIssues& issues) {
    const auto& enabled = settings.plugins.enabled;
    for (const auto& item : node.items())
        if (std::find(enabled.begin(), enabled.end(), item.scalar()) == enabled.end())
            issues.add(item.location(), "'" + item.scalar().substr(0, 64) + "' is critical but not enabled");
}

// Whether the files fit together is found out where they are read.
void check_https(const AppSettings& settings, const ConfigNode& https, ConfigIssues& issues) {
    check_items(https.get("listen"), is_listen_address, "an address with a port, such as 0.0.0.0:8443 or [::]:8443",
                issues);
    for (const char* file : {"certificate", "key"}) {
        const ConfigNode node = https.get(file);
        if (node.kind() == ConfigNode::Kind::kScalar && !node.scalar().empty() && !node.scalar().starts_with('/'))
            issues.add(node.location(), std::string(file) + " must be an absolute path");
        if (!settings.https.listen.empty() && (node.kind() != ConfigNode::Kind::kScalar || node.scalar().empty()))
            issues.add(https.get("listen").location(), std::string("HTTPS needs https.") + file);
    }
}

}  // namespace

bool is_plugin_name(std::string_view name) noexcept {
    const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
    // Names of the core's own parts, in the log, in metrics and as owners of tables.
    for (const char* reserved : {"core", "catalogue", "accounts", "gatehouse", "gatehoused"})
        if (name == reserved) return false;
    return !name.empty() && name.size() <= 64 && letter(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || c == '-';
    });
}

void check_settings(const AppSettings& settings, const ConfigNode& root, ConfigIssues& issues) {
    const ConfigNode http = root.get("http"), plugins = root.get("plugins");
    check_items(http.get("listen"), is_listen_address, "an address with a port, such as 0.0.0.0:3000 or [::]:3000",
                issues);
    if (const auto listen = http.get("listen"); listen.kind() == ConfigNode::Kind::kSequence && listen.items().empty())
        issues.add(listen.location(), "at least one address is needed");
    check_items(http.get("trusted_proxies"), is_network, "an IP address or network, such as ::1 or 10.0.0.0/8", issues);
    check_items(http.get("cors_origins"), is_origin, "an origin, such as https://panel.example.org", issues);
    check_https(settings, root.get("https"), issues);
    check_collisions(settings, http.get("listen"), root.get("https").get("listen"), issues);
    check_paths(root.get("paths"), issues);
    if (const auto path = root.get("db").get("path");
        path.kind() == ConfigNode::Kind::kScalar && !path.scalar().empty() && !path.scalar().starts_with('/'))
        issues.add(path.location(), "path must be an absolute path");
    const auto is_name = [](const std::string& name) { return is_plugin_name(name); };
    for (const char* list : {"enabled", "critical"}) {
        check_items(plugins.get(list), is_name, "a plugin's name (a-z, 0-9 and '-', none of the core's own)", issues);
        check_repeats(plugins.get(list), issues);
    }
    check_critical(settings, plugins.get("critical"), issues);
}

}  // namespace gatehouse::config
