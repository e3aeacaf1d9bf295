// Areas in the documented answers. Empty texts are null, times UTC "YYYY-MM-DD HH:MM:SS". Pure.
#pragma once

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include <cstdint>
#include <unordered_map>
#include <vector>

#include <gatehouse/catalogue.h>

namespace gatehouse::api::contract {

using CameraCounts = std::unordered_map<std::int64_t, std::int64_t>;  // by area id

Poco::JSON::Object::Ptr area(const Area& area, std::int64_t camera_count);
// Ordered kecamatan, kelurahan, rw, rt, name.
Poco::JSON::Array::Ptr area_list(std::vector<Area> areas, const CameraCounts& counts);
// {kecamatans:[...],kelurahans:[{kelurahan,kecamatan}],rws:[{rw,kelurahan,kecamatan}]}, each once, in order.
Poco::JSON::Object::Ptr area_filters(const std::vector<Area>& areas);

}  // namespace gatehouse::api::contract
