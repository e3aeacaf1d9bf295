// Administration of cameras.
#include <algorithm>
#include <utility>

#include <gatehouse/error.h>

#include "api/answering.h"
#include "api/camera_views.h"
#include "api/contract/change_input.h"
#include "api/contract/json_fields.h"
#include "api/routes.h"

namespace gatehouse::api {

namespace {

using contract::json_array;
using contract::json_int;
using contract::json_object;
using http::Method;
using http::Request;
using http::Response;

contract::JsonObject shown(const ApiDependencies& api, const CatalogueSnapshot& snapshot, const Camera& camera) {
    return contract::admin_camera(view_of(api.catalogue, snapshot, camera), credentials_problem(api.catalogue, camera));
}

Response list(const ApiDependencies& api, const Request&) {
    const auto snapshot = api.catalogue.snapshot();
    std::vector<const Camera*> cameras;
    for (const Camera& camera : snapshot->cameras) cameras.push_back(&camera);
    std::sort(cameras.begin(), cameras.end(), [](const Camera* a, const Camera* b) { return a->id < b->id; });
    auto data = json_array();
    for (const Camera* camera : cameras) data->add(shown(api, *snapshot, *camera));
    return private_json(200, contract::success(data));
}

Response show(const ApiDependencies& api, const Request& request) {
    const auto id = id_of(request);
    const auto snapshot = api.catalogue.snapshot();
    const Camera* camera = snapshot->find(id);
    if (!camera) throw Error(ErrorCode::kNotFound, "Camera not found");
    return private_json(200, contract::success(shown(api, *snapshot, *camera)));
}

contract::JsonObject short_form(const Camera& camera) {
    auto data = json_object();
    data->set("id", json_int(camera.id));
    data->set("name", camera.name);
    data->set("stream_key", camera.stream_key);
    data->set("uuid", camera.uuid);
    return data;
}

Response create(const ApiDependencies& api, const Request& request) {
    std::vector<catalogue::FieldError> errors;
    const auto change = contract::camera_change(*body_of(request), errors);
    const Camera camera = api.catalogue.create_camera(change, request.caller().name, std::move(errors));
    return private_json(201, contract::success_message("Camera created successfully", short_form(camera)));
}

Response update(const ApiDependencies& api, const Request& request) {
    const auto id = id_of(request);
    std::vector<catalogue::FieldError> errors;
    const auto change = contract::camera_change(*body_of(request), errors);
    api.catalogue.update_camera(id, change, request.caller().name, std::move(errors));
    return private_json(200, contract::success_message("Camera updated successfully"));
}

Response remove(const ApiDependencies& api, const Request& request) {
    api.catalogue.remove_camera(id_of(request), request.caller().name);
    return private_json(200, contract::success_message("Camera deleted successfully"));
}

Response rotate_key(const ApiDependencies& api, const Request& request) {
    const Camera camera = api.catalogue.rotate_stream_key(id_of(request), request.caller().name);
    return private_json(200, contract::success_message("Stream key changed", short_form(camera)));
}

}  // namespace

void add_camera_routes(const Dependencies& api, Registrations& out) {
    const auto bound = [&](auto handler) {
        return [api, handler](Request& request) { return handler(*api, request); };
    };
    auto& router = api->router;
    out += router.route(get_route(api, "cameras.list", "/api/cameras", http::Access::kAdmin, {}, bound(list)));
    out += router.route(get_route(api, "cameras.show", "/api/cameras/{id}", http::Access::kAdmin, {}, bound(show)));
    out += router.route(
        change_route(api, Method::kPost, "cameras.create", "/api/cameras", "camera.create", true, bound(create)));
    out += router.route(
        change_route(api, Method::kPut, "cameras.update", "/api/cameras/{id}", "camera.update", true, bound(update)));
    out += router.route(change_route(api, Method::kDelete, "cameras.remove", "/api/cameras/{id}", "camera.remove",
                                     false, bound(remove)));
    out += router.route(change_route(api, Method::kPost, "cameras.rotate_key", "/api/cameras/{id}/rotate-key",
                                     "camera.rotate_key", false, bound(rotate_key)));
}

}  // namespace gatehouse::api
