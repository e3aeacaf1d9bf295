#include "catalogue/camera_rows.h"

#include <span>

#include <gatehouse/error.h>

#include "catalogue/validation.h"

namespace gatehouse::catalogue {

namespace {

std::optional<std::string> optional_blob(const Statement& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(row.blob(column));
}

StreamSource source(std::string url, const SealedCredentials& sealed) {
    return {std::move(url), {}, sealed.password.has_value()};
}

// Columns in the order of the SELECTs below.
CameraRow read_row(const Statement& row) {
    CameraRow out;
    Camera& camera = out.camera;
    camera.id = row.integer(0);
    camera.uuid = row.text(1);
    camera.name = row.text(2);
    camera.description = row.text(3);
    camera.location = row.text(4);
    camera.group_name = row.text(5);
    camera.area_id = row.optional_integer(6);
    camera.latitude = row.optional_real(7);
    camera.longitude = row.optional_real(8);
    camera.status = row.text(9);
    camera.is_tunnel = row.integer(10) != 0;
    camera.enabled = row.integer(11) != 0;
    const auto visibility = visibility_of(row.text(12));
    const auto transport = transport_of(row.text(13));
    if (!visibility || !transport)
        throw Error(ErrorCode::kInternal,
                    "camera " + std::to_string(camera.id) +
                        " in the database has a visibility or transport this program does not know");
    camera.visibility = *visibility;
    camera.transport = *transport;
    out.main = {optional_blob(row, 15), optional_blob(row, 16)};
    camera.main = source(row.text(14), out.main);
    out.sub = {optional_blob(row, 18), optional_blob(row, 19)};
    if (!row.is_null(17)) camera.sub = source(row.text(17), out.sub);
    camera.stream_key = row.text(20);
    camera.video_codec = row.text(21);
    camera.created_at = {row.integer(22)};
    camera.updated_at = {row.integer(23)};
    camera.source_revision = static_cast<std::uint64_t>(row.integer(24));
    return out;
}

void bind_blob(Statement& statement, int index, const std::optional<std::string>& blob) {
    if (blob)
        statement.bind_blob(index, std::as_bytes(std::span(blob->data(), blob->size())));
    else
        statement.bind_null(index);
}

// Everything that may change, from parameter 1 on; gives the next free parameter.
int bind_changeable(Statement& s, const CameraRow& row) {
    const Camera& camera = row.camera;
    s.bind(1, camera.name).bind(2, camera.description).bind(3, camera.location).bind(4, camera.group_name);
    s.bind(5, camera.area_id).bind(6, camera.latitude).bind(7, camera.longitude).bind(8, camera.status);
    s.bind(9, camera.is_tunnel ? 1 : 0).bind(10, camera.enabled ? 1 : 0);
    s.bind(11, name(camera.visibility)).bind(12, name(camera.transport));
    s.bind(13, camera.main.url);
    bind_blob(s, 14, row.main.user);
    bind_blob(s, 15, row.main.password);
    s.bind(16, camera.sub ? std::optional(camera.sub->url) : std::nullopt);
    bind_blob(s, 17, row.sub.user);
    bind_blob(s, 18, row.sub.password);
    s.bind(19, camera.stream_key).bind(20, camera.video_codec).bind(21, camera.updated_at.us);
    s.bind(22, static_cast<std::int64_t>(camera.source_revision));
    return 23;
}

}  // namespace

std::vector<CameraRow> load_cameras(ReadTx& tx) {
    Statement& statement = tx.prepare(
        "SELECT id, uuid, name, description, location, group_name, area_id, latitude, longitude, status, is_tunnel, "
        "enabled, "
        "visibility, transport, main_url, main_user, main_password, sub_url, sub_user, sub_password, stream_key, "
        "video_codec, created_at_us, updated_at_us, source_revision FROM core_camera ORDER BY is_tunnel, id");
    std::vector<CameraRow> rows;
    while (statement.step()) rows.push_back(read_row(statement));
    return rows;
}

std::optional<CameraRow> load_camera(ReadTx& tx, std::int64_t id) {
    Statement& statement = tx.prepare(
        "SELECT id, uuid, name, description, location, group_name, area_id, latitude, longitude, status, is_tunnel, "
        "enabled, "
        "visibility, transport, main_url, main_user, main_password, sub_url, sub_user, sub_password, stream_key, "
        "video_codec, created_at_us, updated_at_us, source_revision FROM core_camera WHERE id = ?1");
    statement.bind(1, id);
    std::optional<CameraRow> row;
    if (statement.step()) row = read_row(statement);
    statement.reset();
    return row;
}

std::int64_t insert_camera(WriteTx& tx, const CameraRow& row) {
    Statement& statement = tx.prepare(
        "INSERT INTO core_camera (name, description, location, group_name, area_id, latitude, longitude, status, "
        "is_tunnel, "
        "enabled, visibility, transport, main_url, main_user, main_password, sub_url, sub_user, sub_password, "
        "stream_key, "
        "video_codec, updated_at_us, source_revision, uuid, created_at_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
        "?10, "
        "?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)");
    const int next = bind_changeable(statement, row);
    statement.bind(next, row.camera.uuid).bind(next + 1, row.camera.created_at.us).run();
    return tx.last_insert_rowid();
}

void update_camera(WriteTx& tx, const CameraRow& row) {
    Statement& statement = tx.prepare(
        "UPDATE core_camera SET name = ?1, description = ?2, location = ?3, group_name = ?4, area_id = ?5, latitude = "
        "?6, "
        "longitude = ?7, status = ?8, is_tunnel = ?9, enabled = ?10, visibility = ?11, transport = ?12, main_url = "
        "?13, "
        "main_user = ?14, main_password = ?15, sub_url = ?16, sub_user = ?17, sub_password = ?18, stream_key = ?19, "
        "video_codec = ?20, updated_at_us = ?21, source_revision = ?22 WHERE id = ?23");
    const int next = bind_changeable(statement, row);
    statement.bind(next, row.camera.id).run();
}

bool delete_camera(WriteTx& tx, std::int64_t id) {
    tx.prepare("DELETE FROM core_camera WHERE id = ?1").bind(1, id).run();
    return tx.changes() > 0;
}

std::int64_t count_cameras_of_area(ReadTx& tx, std::int64_t area_id) {
    Statement& statement = tx.prepare("SELECT count(*) FROM core_camera WHERE area_id = ?1");
    statement.bind(1, area_id).step();
    const auto count = statement.integer(0);
    statement.reset();
    return count;
}

}  // namespace gatehouse::catalogue
