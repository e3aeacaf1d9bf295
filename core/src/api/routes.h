// The core's routes by subject. Each function registers its own and adds the handles.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gatehouse/http.h>
#include <gatehouse/registration.h>

#include "api/api.h"

namespace gatehouse::api {

using Dependencies = std::shared_ptr<const ApiDependencies>;

// Tag of cached answers that show CameraLive.
inline constexpr const char* kLiveTag = "live";

void add_health_routes(const Dependencies& api, Registrations& out);  // /health, /metrics
void add_public_routes(const Dependencies& api, Registrations& out);  // cameras/active, stream, live, areas
void add_cache_routes(const Dependencies& api, Registrations& out);
void add_camera_routes(const Dependencies& api, Registrations& out);
void add_area_routes(const Dependencies& api, Registrations& out);
void add_admin_routes(const Dependencies& api, Registrations& out);  // status, plugins, config, reload, db

// A GET route on the worker lane whose handler answers through answer().
http::Route get_route(const Dependencies& api, std::string name, std::string pattern, http::Access access,
                      http::CachePolicy cache, std::function<http::Response(http::Request&)> make);
// Another method, for administrators, with a body of at most kLargestBody where `has_body`.
http::Route change_route(const Dependencies& api, http::Method method, std::string name, std::string pattern,
                         std::string audit_action, bool has_body, std::function<http::Response(http::Request&)> make);

}  // namespace gatehouse::api
