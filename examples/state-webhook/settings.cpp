#include "settings.h"

#include <Poco/Exception.h>
#include <Poco/String.h>
#include <Poco/URI.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace state_webhook {

using namespace std::chrono_literals;
using gatehouse::ConfigIssues;
using gatehouse::ConfigNode;
using gatehouse::ConfigTable;

namespace {

const ConfigTable<Settings>& table() {
    const gatehouse::KeyOptions restart{.reload = gatehouse::ReloadClass::kPluginRestart};
    static const ConfigTable<Settings> made =
        ConfigTable<Settings>()
            .text("url", &Settings::url, 2000, "Where the JSON is posted, http://...", restart)
            .text("secret_header", &Settings::secret_header, 100, "Header field that carries the secret", restart)
            .text("secret_file", &Settings::secret_file, 4096, "File with the secret; empty: none is sent", restart)
            .integer("queue", &Settings::queue, {.min = 2, .max = 10'000},
                     "Events that may wait; further ones push out the oldest", restart)
            .integer("attempts", &Settings::attempts, {.min = 1, .max = 1'000}, "Attempts per event", restart)
            .duration("timeout", &Settings::timeout, {.min = 100ms, .max = 1min},
                      "Longest wait for the receiver's answer", restart)
            .duration("retry_first", &Settings::retry_first, {.min = 100ms, .max = 1min},
                      "Pause before the second attempt", restart)
            .duration("retry_longest", &Settings::retry_longest, {.min = 100ms, .max = 1h},
                      "Longest pause between two attempts", restart);
    return made;
}

// A field name is a token (RFC 9110 section 5.6.2).
bool is_token(std::string_view text) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               kMarks.find(c) != std::string_view::npos;
    });
}

bool belongs_to_the_client(const std::string& name) {
    constexpr std::array<const char*, 7> kOwn = {"host",           "user-agent",        "accept",      "connection",
                                                 "content-length", "transfer-encoding", "content-type"};
    return std::any_of(kOwn.begin(), kOwn.end(), [&](const char* own) { return Poco::icompare(name, own) == 0; });
}

}  // namespace

std::optional<Target> parse_target(const std::string& url, std::string& problem) {
    const auto refuse = [&](const char* why) {
        problem = why;
        return std::nullopt;
    };
    if (url.empty()) return refuse("the plugin needs a url to post to");
    const bool printable = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (!printable) return refuse("the url has characters that must be percent-encoded");
    try {
        const Poco::URI uri(url);
        if (uri.getScheme() == "https")
            return refuse("https is not spoken here; post to a proxy on this box that speaks it");
        if (uri.getScheme() != "http" || uri.getHost().empty())
            return refuse("the url must begin with http:// and a host");
        if (!uri.getUserInfo().empty()) return refuse("the url must not carry a user or password; use secret_file");
        if (uri.getPort() == 0) return refuse("the url's port must be 1 to 65535");
        const std::string target = uri.getPathAndQuery();
        return Target{uri.getHost(), uri.getPort(), target.starts_with('/') ? target : "/" + target};
    } catch (const Poco::Exception&) {
        return refuse("this is no url");
    }
}

Settings read_settings(const ConfigNode& node, ConfigIssues& issues) {
    Settings settings;
    const std::size_t before = issues.all().size();
    table().read(node, settings, issues, "state-webhook");
    if (issues.all().size() != before) return settings;
    std::string problem;
    if (!parse_target(settings.url, problem)) issues.add(node.get("url").location(), problem);
    if (!is_token(settings.secret_header))
        issues.add(node.get("secret_header").location(), "secret_header must be the name of a header field");
    else if (belongs_to_the_client(settings.secret_header))
        issues.add(node.get("secret_header").location(), settings.secret_header + " is not free for a secret");
    if (!settings.secret_file.empty() && !settings.secret_file.starts_with('/'))
        issues.add(node.get("secret_file").location(), "secret_file must be an absolute path");
    if (settings.retry_longest < settings.retry_first)
        issues.add(node.get("retry_longest").location(), "retry_longest must not be shorter than retry_first");
    return settings;
}

}  // namespace state_webhook
