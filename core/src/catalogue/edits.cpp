#include "catalogue/edits.h"

#include <utility>

#include <gatehouse/error.h>

#include "catalogue/sealing.h"

namespace gatehouse::catalogue {

namespace {

SealedPlace place(const std::string& uuid, StreamRole role, bool password) {
    if (role == StreamRole::kMain) return {kCameraTable, uuid, password ? "main_password" : "main_user"};
    return {kCameraTable, uuid, password ? "sub_password" : "sub_user"};
}

template <class T, class Given>
void set(T& stored, const std::optional<Given>& given, const char* field, ChangedFields& changed) {
    if (!given || stored == *given) return;
    stored = *given;
    changed.emplace_back(field);
}

bool opens_to(const MasterKey& key, const SealedPlace& where, const std::optional<std::string>& blob,
              const std::string& plain) {
    if (!blob) return false;
    try {
        return unseal(key, where, *blob) == plain;
    } catch (const Error&) {
        return false;  // what cannot be opened is replaced
    }
}

void set_secret(std::optional<std::string>& stored, const Nullable<std::string>& given, const MasterKey& key,
                const SealedPlace& where, const char* field, ChangedFields& changed) {
    if (!given) return;
    if (!*given) {
        if (!stored) return;
        stored.reset();
    } else {
        if (opens_to(key, where, stored, **given)) return;
        stored = seal(key, where, **given);
    }
    changed.emplace_back(field);
}

void apply_main(const CheckedStream& change, const MasterKey& key, CameraRow& row, ChangedFields& changed) {
    if (change.url && *change.url) set(row.camera.main.url, *change.url, "private_rtsp_url", changed);
    const auto& uuid = row.camera.uuid;
    set_secret(row.main.user, change.user, key, place(uuid, StreamRole::kMain, false), "rtsp_user", changed);
    set_secret(row.main.password, change.password, key, place(uuid, StreamRole::kMain, true), "rtsp_password", changed);
    row.camera.main.has_password = row.main.password.has_value();
}

void apply_sub(const CheckedStream& change, const MasterKey& key, CameraRow& row, ChangedFields& changed) {
    if (change.url && !*change.url) {
        if (row.camera.sub) changed.emplace_back("sub_rtsp_url");
        row.camera.sub.reset();
        row.sub = {};
        return;
    }
    if (change.url) {
        const bool same = row.camera.sub && row.camera.sub->url == **change.url;
        if (!row.camera.sub) row.camera.sub.emplace();
        row.camera.sub->url = **change.url;
        if (!same) changed.emplace_back("sub_rtsp_url");
    }
    if (!row.camera.sub) {
        if ((change.user && *change.user) || (change.password && *change.password))
            throw ValidationError(std::vector<FieldError>{
                {"sub_rtsp_url", "sub_rtsp_url is required where the sub stream has credentials"}});
        return;
    }
    const auto& uuid = row.camera.uuid;
    set_secret(row.sub.user, change.user, key, place(uuid, StreamRole::kSub, false), "sub_rtsp_user", changed);
    set_secret(row.sub.password, change.password, key, place(uuid, StreamRole::kSub, true), "sub_rtsp_password",
               changed);
    row.camera.sub->has_password = row.sub.password.has_value();
}

}  // namespace

ChangedFields apply(const CheckedCamera& change, const MasterKey& key, CameraRow& row) {
    ChangedFields changed;
    Camera& camera = row.camera;
    apply_main(change.main, key, row, changed);
    apply_sub(change.sub, key, row, changed);
    set(camera.transport, change.transport, "transport", changed);
    if (!changed.empty()) ++camera.source_revision;
    const CameraChange& fields = change.fields;
    set(camera.name, fields.name, "name", changed);
    set(camera.description, fields.description, "description", changed);
    set(camera.location, fields.location, "location", changed);
    set(camera.group_name, fields.group_name, "group_name", changed);
    set(camera.area_id, fields.area_id, "area_id", changed);
    set(camera.latitude, fields.latitude, "latitude", changed);
    set(camera.longitude, fields.longitude, "longitude", changed);
    set(camera.status, fields.status, "status", changed);
    set(camera.is_tunnel, fields.is_tunnel, "is_tunnel", changed);
    set(camera.enabled, fields.enabled, "enabled", changed);
    set(camera.visibility, change.visibility, "visibility", changed);
    set(camera.video_codec, fields.video_codec, "video_codec", changed);
    return changed;
}

ChangedFields apply(const AreaChange& change, Area& area) {
    ChangedFields changed;
    set(area.name, change.name, "name", changed);
    set(area.description, change.description, "description", changed);
    set(area.rt, change.rt, "rt", changed);
    set(area.rw, change.rw, "rw", changed);
    set(area.kelurahan, change.kelurahan, "kelurahan", changed);
    set(area.kecamatan, change.kecamatan, "kecamatan", changed);
    set(area.latitude, change.latitude, "latitude", changed);
    set(area.longitude, change.longitude, "longitude", changed);
    return changed;
}

std::string open_credential(const MasterKey& key, const std::string& camera_uuid, StreamRole role, bool password,
                            const std::optional<std::string>& blob) {
    return blob ? unseal(key, place(camera_uuid, role, password), *blob) : std::string();
}

}  // namespace gatehouse::catalogue
