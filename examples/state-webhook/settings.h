// What plugins.d/state-webhook.yaml says.
#pragma once

#include <gatehouse/config.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace state_webhook {

struct Settings {
    std::string url;
    std::string secret_header = "X-Gatehouse-Secret";
    std::string secret_file;  // empty: no such field
    int queue = 256;          // events that wait
    int attempts = 8;         // per event
    std::chrono::milliseconds timeout{5'000};
    std::chrono::milliseconds retry_first{1'000};
    std::chrono::milliseconds retry_longest{60'000};
};

struct Target {
    std::string host;
    std::uint16_t port = 80;
    std::string path_and_query;
};

// Where a URL leads; nothing, and `problem` says why, where this plugin cannot post there.
std::optional<Target> parse_target(const std::string& url, std::string& problem);

// Reads and checks everything; problems go to `issues`.
Settings read_settings(const gatehouse::ConfigNode& node, gatehouse::ConfigIssues& issues);

}  // namespace state_webhook
