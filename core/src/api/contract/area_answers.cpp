#include "api/contract/area_answers.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

#include "api/contract/json_fields.h"

namespace gatehouse::api::contract {

Poco::JSON::Object::Ptr area(const Area& area, std::int64_t camera_count) {
    auto out = json_object();
    out->set("id", json_int(area.id));
    out->set("name", area.name);
    out->set("description", json_text(area.description));
    out->set("rt", json_text(area.rt));
    out->set("rw", json_text(area.rw));
    out->set("kelurahan", json_text(area.kelurahan));
    out->set("kecamatan", json_text(area.kecamatan));
    out->set("created_at", json_time(area.created_at));
    out->set("latitude", json_optional(area.latitude));
    out->set("longitude", json_optional(area.longitude));
    out->set("camera_count", json_int(camera_count));
    return out;
}

Poco::JSON::Array::Ptr area_list(std::vector<Area> areas, const CameraCounts& counts) {
    std::sort(areas.begin(), areas.end(), [](const Area& a, const Area& b) {
        return std::tie(a.kecamatan, a.kelurahan, a.rw, a.rt, a.name) <
               std::tie(b.kecamatan, b.kelurahan, b.rw, b.rt, b.name);
    });
    auto out = json_array();
    for (const auto& each : areas) {
        const auto count = counts.find(each.id);
        out->add(area(each, count == counts.end() ? 0 : count->second));
    }
    return out;
}

Poco::JSON::Object::Ptr area_filters(const std::vector<Area>& areas) {
    std::set<std::string> kecamatans;
    std::set<std::tuple<std::string, std::string>> kelurahans;        // kecamatan, kelurahan
    std::set<std::tuple<std::string, std::string, std::string>> rws;  // kecamatan, kelurahan, rw
    for (const auto& each : areas) {
        if (!each.kecamatan.empty()) kecamatans.insert(each.kecamatan);
        if (!each.kelurahan.empty()) kelurahans.emplace(each.kecamatan, each.kelurahan);
        if (!each.rw.empty()) rws.emplace(each.kecamatan, each.kelurahan, each.rw);
    }
    auto kecamatan_list = json_array(), kelurahan_list = json_array(), rw_list = json_array();
    for (const auto& kecamatan : kecamatans) kecamatan_list->add(kecamatan);
    for (const auto& [kecamatan, kelurahan] : kelurahans) {
        auto entry = json_object();
        entry->set("kelurahan", kelurahan);
        entry->set("kecamatan", json_text(kecamatan));
        kelurahan_list->add(entry);
    }
    for (const auto& [kecamatan, kelurahan, rw] : rws) {
        auto entry = json_object();
        entry->set("rw", rw);
        entry->set("kelurahan", json_text(kelurahan));
        entry->set("kecamatan", json_text(kecamatan));
        rw_list->add(entry);
    }
    auto out = json_object();
    out->set("kecamatans", kecamatan_list);
    out->set("kelurahans", kelurahan_list);
    out->set("rws", rw_list);
    return out;
}

}  // namespace gatehouse::api::contract
