#include <gatehouse/config.h>

namespace gatehouse {

namespace {

const ConfigNode::Impl& missing() {
    static const ConfigNode::Impl impl;
    return impl;
}

}  // namespace

std::string ConfigLocation::text() const { return file + ':' + std::to_string(line) + ':' + std::to_string(column); }

std::string ConfigIssue::text() const { return where.text() + ": " + message; }

void ConfigIssues::add(ConfigLocation where, std::string message) {
    issues_.push_back({std::move(where), std::move(message)});
}

ConfigNode::Kind ConfigNode::kind() const noexcept { return (impl_ ? *impl_ : missing()).kind; }

const ConfigLocation& ConfigNode::location() const noexcept { return (impl_ ? *impl_ : missing()).where; }

const std::string& ConfigNode::scalar() const noexcept { return (impl_ ? *impl_ : missing()).scalar; }

bool ConfigNode::quoted() const noexcept { return (impl_ ? *impl_ : missing()).quoted; }

const std::vector<ConfigNode>& ConfigNode::items() const noexcept { return (impl_ ? *impl_ : missing()).items; }

const std::vector<ConfigNode::Entry>& ConfigNode::entries() const noexcept {
    return (impl_ ? *impl_ : missing()).entries;
}

ConfigNode ConfigNode::get(std::string_view key) const {
    for (const Entry& entry : entries())
        if (entry.key == key) return entry.value;
    auto absent = std::make_shared<Impl>();
    absent->where = location();
    return ConfigNode(std::move(absent));
}

}  // namespace gatehouse
