#include "app/health_report.h"

#include <Poco/JSON/Parser.h>

#include <algorithm>

namespace gatehouse::app {

namespace {

using Poco::JSON::Array;
using Poco::JSON::Object;

const char* health_name(PluginHealth::Status status) {
    switch (status) {
        case PluginHealth::Status::kOk:
            return "ok";
        case PluginHealth::Status::kDegraded:
            return "degraded";
        case PluginHealth::Status::kFailed:
            break;
    }
    return "failed";
}

Array::Ptr list_of(const std::vector<std::string>& items) {
    Array::Ptr list = new Array;
    for (const auto& item : items) list->add(item);
    return list;
}

// A plugin's details are its own text; what is not a JSON object is shown as text, so that it cannot break the answer.
void set_details(Object& health, const std::string& details) {
    if (details.empty()) return;
    try {
        Poco::JSON::Parser parser;
        parser.setDepth(16);
        health.set("details", parser.parse(details).extract<Object::Ptr>());
    } catch (const Poco::Exception&) {
        health.set("details", details.substr(0, 1000));
    }
}

Object::Ptr health_of(const plugin::PluginState& state) {
    Object::Ptr health = new Object(Poco::JSON_PRESERVE_KEY_ORDER);
    health->set("status", health_name(state.health.status));
    if (!state.health.summary.empty()) health->set("summary", state.health.summary);
    set_details(*health, state.health.details);
    return health;
}

Object::Ptr plugin_of(const plugin::PluginState& state) {
    Object::Ptr item = new Object(Poco::JSON_PRESERVE_KEY_ORDER);
    item->set("name", state.name);
    item->set("version", state.version);
    item->set("state", std::string(name(state.status)));
    item->set("summary", state.summary);
    if (!state.reason.empty()) item->set("reason", state.reason);
    item->set("since", to_iso8601(state.since));
    item->set("critical", state.critical);
    item->set("restarts", state.restarts);
    item->set("exceptions", state.exceptions);
    if (state.status == plugin::PluginStatus::kRunning) item->set("health", health_of(state));
    return item;
}

Object::Ptr reload_of(const LastReload& reload) {
    Object::Ptr item = new Object(Poco::JSON_PRESERVE_KEY_ORDER);
    item->set("at", to_iso8601(reload.at));
    item->set("applied", reload.applied);
    item->set("messages", list_of(reload.messages));
    return item;
}

}  // namespace

bool is_degraded(const std::vector<plugin::PluginState>& plugins, const std::vector<std::string>& late_parts) {
    return !late_parts.empty() ||
           std::any_of(plugins.begin(), plugins.end(), [](const auto& state) { return !state.well(); });
}

Object::Ptr health_details(const std::vector<plugin::PluginState>& plugins, const LastReload& reload,
                           const std::vector<std::string>& late_parts) {
    Object::Ptr details = new Object(Poco::JSON_PRESERVE_KEY_ORDER);
    Array::Ptr list = new Array;
    for (const auto& state : plugins) list->add(plugin_of(state));
    details->set("plugins", list);
    if (reload.at.us != 0) details->set("reload", reload_of(reload));
    if (!late_parts.empty()) details->set("not_answering", list_of(late_parts));
    return details;
}

Array::Ptr plugin_list(const std::vector<plugin::PluginState>& plugins) {
    Array::Ptr list = new Array;
    for (const auto& state : plugins) {
        Object::Ptr item = plugin_of(state);
        item->set("provides", list_of(state.provides));
        item->set("requires", list_of(state.required));
        item->set("routes", list_of(state.route_prefixes));
        list->add(item);
    }
    return list;
}

std::string status_line(const std::vector<plugin::PluginState>& plugins) {
    std::size_t running = 0;
    std::string others;
    for (const auto& state : plugins) {
        if (state.status == plugin::PluginStatus::kRunning)
            ++running;
        else
            others += (others.empty() ? "; " : ", ") + state.name + " is " + std::string(name(state.status));
    }
    return std::to_string(running) + " of " + std::to_string(plugins.size()) + " plugins are running" + others;
}

}  // namespace gatehouse::app
