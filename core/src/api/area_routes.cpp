// Administration of areas.
#include <utility>

#include <gatehouse/error.h>

#include "api/answering.h"
#include "api/camera_views.h"
#include "api/contract/change_input.h"
#include "api/contract/json_fields.h"
#include "api/routes.h"

namespace gatehouse::api {

namespace {

using http::Method;
using http::Request;
using http::Response;

Poco::JSON::Object::Ptr shown(const ApiDependencies& api, const Request& request, const Area& area) {
    const auto counts = camera_counts(*api.catalogue.snapshot(), api.accounts, request.caller());
    const auto count = counts.find(area.id);
    return contract::area(area, count == counts.end() ? 0 : count->second);
}

Response list(const ApiDependencies& api, const Request& request) {
    const auto snapshot = api.catalogue.snapshot();
    return private_json(200, contract::success(contract::area_list(
                                 snapshot->areas, camera_counts(*snapshot, api.accounts, request.caller()))));
}

Response show(const ApiDependencies& api, const Request& request) {
    const auto id = id_of(request);
    const auto snapshot = api.catalogue.snapshot();
    const Area* area = snapshot->find_area(id);
    if (!area) throw Error(ErrorCode::kNotFound, "Area not found");
    return private_json(200, contract::success(shown(api, request, *area)));
}

Response create(const ApiDependencies& api, const Request& request) {
    std::vector<catalogue::FieldError> errors;
    const auto change = contract::area_change(*body_of(request), errors);
    const Area area = api.catalogue.create_area(change, request.caller().name, std::move(errors));
    return private_json(201, contract::success_message("Area created successfully", shown(api, request, area)));
}

Response update(const ApiDependencies& api, const Request& request) {
    const auto id = id_of(request);
    std::vector<catalogue::FieldError> errors;
    const auto change = contract::area_change(*body_of(request), errors);
    const Area area = api.catalogue.update_area(id, change, request.caller().name, std::move(errors));
    return private_json(200, contract::success_message("Area updated successfully", shown(api, request, area)));
}

Response remove(const ApiDependencies& api, const Request& request) {
    api.catalogue.remove_area(id_of(request), request.caller().name);
    return private_json(200, contract::success_message("Area deleted successfully"));
}

}  // namespace

void add_area_routes(const Dependencies& api, Registrations& out) {
    const auto bound = [&](auto handler) {
        return [api, handler](Request& request) { return handler(*api, request); };
    };
    auto& router = api->router;
    out += router.route(get_route(api, "areas.list", "/api/areas", http::Access::kAdmin, {}, bound(list)));
    out += router.route(get_route(api, "areas.show", "/api/areas/{id}", http::Access::kAdmin, {}, bound(show)));
    out += router.route(
        change_route(api, Method::kPost, "areas.create", "/api/areas", "area.create", true, bound(create)));
    out += router.route(
        change_route(api, Method::kPut, "areas.update", "/api/areas/{id}", "area.update", true, bound(update)));
    out += router.route(
        change_route(api, Method::kDelete, "areas.remove", "/api/areas/{id}", "area.remove", false, bound(remove)));
}

}  // namespace gatehouse::api
