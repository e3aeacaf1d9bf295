// Names of our paths in MediaMTX: one flat name per camera and role, "gh-<32 hex digits of the uuid>-main". Pure.
//
// Flat, because MediaMTX's recordings of nested names overlap and its URLs take the last component as the file; made of
// the uuid, because it never changes and cannot end in ".m3u8", ".ts" or ".mp4" (unreachable over HLS).
#pragma once

#include <gatehouse/catalogue.h>

#include <string>
#include <string_view>

namespace gatehouse::mediamtx {

std::string path_name(std::string_view prefix, std::string_view camera_uuid, StreamRole role);
// Whether a path is ours to change or delete: the prefix, and the exact shape that path_name() gives.
bool is_ours(std::string_view prefix, std::string_view path);
bool is_usable_prefix(std::string_view prefix);

}  // namespace gatehouse::mediamtx
