// What viewers and the console ask for. Answers hold only what the caller may view; anonymous ones are cached.
#include <utility>

#include <gatehouse/error.h>

#include "api/answering.h"
#include "api/camera_views.h"
#include "api/contract/json_fields.h"
#include "api/routes.h"

namespace gatehouse::api {

namespace {

using namespace std::chrono_literals;
using contract::json_array;
using contract::json_object;
using http::Access;
using http::CachePolicy;
using http::Request;
using http::Response;

Response active_cameras(const ApiDependencies& api, const Request& request) {
    auto list = json_array();
    for (const auto& view : enabled_cameras(api.catalogue, api.accounts, request.caller()).views)
        list->add(contract::active_camera(view));
    return fresh_json(contract::success(list));
}

Response stream_list(const ApiDependencies& api, const Request& request) {
    auto list = json_array();
    for (const auto& view : enabled_cameras(api.catalogue, api.accounts, request.caller()).views)
        list->add(contract::stream_camera(view));
    return fresh_json(contract::success(list));
}

Response one_stream(const ApiDependencies& api, const Request& request) {
    const auto id = id_of(request);
    const auto snapshot = api.catalogue.snapshot();
    const Camera* camera = snapshot->find(id);
    // One answer for absent and not permitted: an anonymous caller must not learn which numbers exist.
    if (!camera || !camera->enabled || !api.accounts.may_view(request.caller(), *camera))
        throw Error(ErrorCode::kNotFound, "Camera not found or disabled");
    const auto view = view_of(api.catalogue, *snapshot, *camera);
    auto data = json_object();
    data->set("camera", contract::single_stream_camera(view));
    data->set("streams", contract::streams(view.streams));
    return fresh_json(contract::success(data));
}

Response live(const ApiDependencies& api, const Request& request) {
    auto data = json_object();
    data->set("engine", contract::json_text(api.catalogue.engine_name()));
    auto list = json_array();
    for (const auto& view : viewable_cameras(api.catalogue, api.accounts, request.caller()).views)
        list->add(contract::live_camera(view));
    data->set("cameras", list);
    return fresh_json(contract::success(data));
}

Response public_areas(const ApiDependencies& api, const Request& request) {
    const auto snapshot = api.catalogue.snapshot();
    return fresh_json(contract::success(
        contract::area_list(snapshot->areas, camera_counts(*snapshot, api.accounts, request.caller()))));
}

}  // namespace

void add_public_routes(const Dependencies& api, Registrations& out) {
    const auto add = [&](const char* name, const char* pattern, CachePolicy cache, auto handler) {
        out += api->router.route(get_route(api, name, pattern, Access::kPublic, std::move(cache),
                                           [api, handler](Request& request) { return handler(*api, request); }));
    };
    add("cameras.active", "/api/cameras/active", CachePolicy{http::kPublicTtl, {"cameras", "areas"}, {}},
        active_cameras);
    add("stream.list", "/api/stream", CachePolicy{http::kPublicTtl, {"cameras", "areas", kLiveTag}, {}}, stream_list);
    add("stream.one", "/api/stream/{id}", CachePolicy{http::kPublicTtl, {"cameras", "areas", kLiveTag}, {}},
        one_stream);
    add("live", "/api/live", CachePolicy{1s, {"cameras", kLiveTag}, {}}, live);
    add("areas.public", "/api/areas/public", CachePolicy{5min, {"cameras", "areas"}, {}}, public_areas);
    add("areas.filters", "/api/areas/filters", CachePolicy{15min, {"areas"}, {}},
        [](const ApiDependencies& deps, const Request&) {
            return fresh_json(contract::success(contract::area_filters(deps.catalogue.snapshot()->areas)));
        });
}

}  // namespace gatehouse::api
