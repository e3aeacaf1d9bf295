// Configuration as a test writes it: config_map({{"url", config_text("http://...")}, {"hosts", config_list({"a",
// "b"})}}).
#pragma once

#include <gatehouse/config.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::testing {

// What stands in YAML as `text`, or in quotes, where it is text whatever it looks like.
inline ConfigNode config_text(std::string text, bool quoted = false) {
    auto made = std::make_shared<ConfigNode::Impl>();
    made->kind = ConfigNode::Kind::kScalar;
    made->where = {"test.yaml", 1, 1};
    made->scalar = std::move(text);
    made->quoted = quoted;
    return ConfigNode(made);
}

inline ConfigNode config_list(const std::vector<std::string>& items) {
    auto made = std::make_shared<ConfigNode::Impl>();
    made->kind = ConfigNode::Kind::kSequence;
    made->where = {"test.yaml", 1, 1};
    for (const auto& item : items) made->items.push_back(config_text(item));
    return ConfigNode(made);
}

// Entry number n stands on line n.
inline ConfigNode config_map(const std::vector<std::pair<std::string, ConfigNode>>& entries) {
    auto made = std::make_shared<ConfigNode::Impl>();
    made->kind = ConfigNode::Kind::kMap;
    made->where = {"test.yaml", 1, 1};
    for (const auto& [key, value] : entries)
        made->entries.push_back({key, {"test.yaml", static_cast<int>(made->entries.size()) + 1, 1}, value});
    return ConfigNode(made);
}

}  // namespace gatehouse::testing
