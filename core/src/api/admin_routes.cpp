// The gateway's own state, for administrators.
#include <map>
#include <utility>

#include <gatehouse/error.h>

#include "api/answering.h"
#include "api/camera_views.h"
#include "api/contract/json_fields.h"
#include "api/machine_facts.h"
#include "api/routes.h"

namespace gatehouse::api {

namespace {

using contract::json_count;
using contract::json_object;
using http::Access;
using http::Method;
using http::Request;
using http::Response;

Poco::JSON::Object::Ptr camera_states(const ApiDependencies& api, const Caller& caller) {
    std::map<std::string, std::uint64_t> states{
        {"live", 0}, {"connecting", 0}, {"offline", 0}, {"disabled", 0}, {"unknown", 0}};
    const auto cameras = viewable_cameras(api.catalogue, api.accounts, caller);
    for (const auto& view : cameras.views) ++states[contract::state_text(view)];
    auto out = json_object();
    out->set("total", json_count(cameras.views.size()));
    for (const char* state : {"live", "connecting", "offline", "disabled", "unknown"})
        out->set(state, json_count(states[state]));
    return out;
}

Response status(const ApiDependencies& api, MonotonicTime start, const Request& request) {
    const HealthReport report = api.health ? api.health() : HealthReport{};
    auto data = json_object();
    data->set("status", report.degraded ? "degraded" : "ok");
    data->set("version", api.version);
    const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(api.clock.monotonic_now() - start);
    data->set("uptime_seconds", contract::json_int(uptime.count()));
    data->set("engine", contract::json_text(api.catalogue.engine_name()));
    data->set("cameras", camera_states(api, request.caller()));
    data->set("areas", json_count(api.catalogue.snapshot()->areas.size()));
    const auto used = descriptors();
    auto files = json_object();
    files->set("open", json_count(used.open));
    files->set("limit", json_count(used.limit));
    data->set("descriptors", files);
    if (report.details) data->set("health", report.details);
    return private_json(200, contract::success(data));
}

Response reload(const ApiDependencies& api, const Request&) {
    const ReloadReport report = api.reload();
    auto messages = contract::json_array();
    for (const auto& message : report.messages) messages->add(message);
    auto answer = json_object();
    answer->set("success", report.applied);
    answer->set("message", report.applied ? "Configuration reloaded"
                                          : "The new configuration was refused; the running one is untouched");
    answer->set("messages", messages);
    return private_json(report.applied ? 200 : 409, contract::text_of(answer));
}

// The reload that follows starts the plugin; where that reload is refused, the next good one does.
Response release_plugin(const ApiDependencies& api, const Request& request) {
    const std::string plugin(request.parameter(0));
    if (!api.release_plugin(plugin))
        throw Error(ErrorCode::kNotFound, "There is no plugin '" + plugin.substr(0, 64) + "' in quarantine");
    return reload(api, request);
}

Response backup(const ApiDependencies& api, const Request& request) {
    const auto body = body_of(request);
    const auto value = body->has("path") ? body->get("path") : Poco::Dynamic::Var();
    const std::string path = !value.isEmpty() && value.isString() ? value.extract<std::string>() : std::string();
    if (path.empty() || path.front() != '/' || path.size() > 4096 || path.find('\0') != std::string::npos)
        throw catalogue::ValidationError(std::vector<catalogue::FieldError>{
            {"path", "path must be an absolute path on the gateway's machine, of at most 4096 bytes"}});
    api.database.backup(path);
    auto data = json_object();
    data->set("path", path);
    return private_json(200, contract::success_message("Backup written and verified", data));
}

}  // namespace

void add_admin_routes(const Dependencies& api, Registrations& out) {
    const auto start = api->clock.monotonic_now();
    const auto get = [&](const char* name, const char* pattern, std::function<Response(Request&)> make) {
        out += api->router.route(get_route(api, name, pattern, Access::kAdmin, {}, std::move(make)));
    };
    get("admin.status", "/api/admin/status", [api, start](Request& request) { return status(*api, start, request); });
    get("admin.db.stats", "/api/admin/db/stats",
        [api](Request&) { return private_json(200, contract::success(contract::db_stats(api->database.stats()))); });
    if (api->plugins)
        get("admin.plugins", "/api/admin/plugins",
            [api](Request&) { return private_json(200, contract::success(api->plugins())); });
    if (api->config_text)
        get("admin.config", "/api/admin/config", [api](Request&) {
            auto data = json_object();
            data->set("text", api->config_text());
            return private_json(200, contract::success(data));
        });
    if (api->release_plugin)
        out += api->router.route(change_route(api, Method::kPost, "admin.plugins.release",
                                              "/api/admin/plugins/{name}/release", "plugin.release", true,
                                              [api](Request& request) { return release_plugin(*api, request); }));
    if (api->reload)
        out += api->router.route(change_route(api, Method::kPost, "admin.reload", "/api/admin/reload", "config.reload",
                                              true, [api](Request& request) { return reload(*api, request); }));
    out += api->router.route(change_route(api, Method::kPost, "admin.db.backup", "/api/admin/db/backup", "db.backup",
                                          true, [api](Request& request) { return backup(*api, request); }));
}

}  // namespace gatehouse::api
