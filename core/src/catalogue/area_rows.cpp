#include "catalogue/area_rows.h"

namespace gatehouse::catalogue {

namespace {

Area read_row(const Statement& row) {
    Area area;
    area.id = row.integer(0);
    area.name = row.text(1);
    area.description = row.text(2);
    area.rt = row.text(3);
    area.rw = row.text(4);
    area.kelurahan = row.text(5);
    area.kecamatan = row.text(6);
    area.latitude = row.optional_real(7);
    area.longitude = row.optional_real(8);
    area.created_at = {row.integer(9)};
    return area;
}

void bind_changeable(Statement& s, const Area& area) {
    s.bind(1, area.name).bind(2, area.description).bind(3, area.rt).bind(4, area.rw).bind(5, area.kelurahan);
    s.bind(6, area.kecamatan).bind(7, area.latitude).bind(8, area.longitude);
}

}  // namespace

std::vector<Area> load_areas(ReadTx& tx) {
    Statement& statement = tx.prepare(
        "SELECT id, name, description, rt, rw, kelurahan, kecamatan, latitude, longitude, created_at_us FROM core_area "
        "ORDER BY id");
    std::vector<Area> areas;
    while (statement.step()) areas.push_back(read_row(statement));
    return areas;
}

std::optional<Area> load_area(ReadTx& tx, std::int64_t id) {
    Statement& statement = tx.prepare(
        "SELECT id, name, description, rt, rw, kelurahan, kecamatan, latitude, longitude, created_at_us FROM core_area "
        "WHERE id = ?1");
    statement.bind(1, id);
    std::optional<Area> area;
    if (statement.step()) area = read_row(statement);
    statement.reset();
    return area;
}

std::optional<std::int64_t> find_area_named(ReadTx& tx, const std::string& name) {
    Statement& statement = tx.prepare("SELECT id FROM core_area WHERE name = ?1");
    statement.bind(1, name);
    std::optional<std::int64_t> id;
    if (statement.step()) id = statement.integer(0);
    statement.reset();
    return id;
}

std::int64_t insert_area(WriteTx& tx, const Area& area) {
    Statement& statement = tx.prepare(
        "INSERT INTO core_area (name, description, rt, rw, kelurahan, kecamatan, latitude, longitude, created_at_us) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    bind_changeable(statement, area);
    statement.bind(9, area.created_at.us).run();
    return tx.last_insert_rowid();
}

void update_area(WriteTx& tx, const Area& area) {
    Statement& statement = tx.prepare(
        "UPDATE core_area SET name = ?1, description = ?2, rt = ?3, rw = ?4, kelurahan = ?5, kecamatan = ?6, latitude "
        "= ?7, "
        "longitude = ?8 WHERE id = ?9");
    bind_changeable(statement, area);
    statement.bind(9, area.id).run();
}

bool delete_area(WriteTx& tx, std::int64_t id) {
    tx.prepare("DELETE FROM core_area WHERE id = ?1").bind(1, id).run();
    return tx.changes() > 0;
}

}  // namespace gatehouse::catalogue
