// Cameras and areas as clients send them: field names and types of the documented interface. Pure.
//
// No silent coercion: a field of the wrong type is an error that names it. Accepted beside the exact type, because the
// original's forms send them: 0 and 1 for booleans, "" for a null number, and a number as plain decimal text. Unknown
// fields are ignored.
#pragma once

#include <Poco/JSON/Object.h>

#include <vector>

#include "catalogue/changes.h"

namespace gatehouse::api::contract {

// name, description, location, group_name, area_id, latitude, longitude, status, is_tunnel, enabled, video_codec,
// private_rtsp_url; ours: visibility, transport, rtsp_user, rtsp_password, sub_rtsp_url, sub_rtsp_user,
// sub_rtsp_password.
catalogue::CameraChange camera_change(const Poco::JSON::Object& body, std::vector<catalogue::FieldError>& errors);
// name, description, rt, rw, kelurahan, kecamatan, latitude, longitude.
catalogue::AreaChange area_change(const Poco::JSON::Object& body, std::vector<catalogue::FieldError>& errors);

}  // namespace gatehouse::api::contract
