// Rows of core_area.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gatehouse/catalogue.h>
#include <gatehouse/db.h>

namespace gatehouse::catalogue {

std::vector<Area> load_areas(ReadTx& tx);  // by id
std::optional<Area> load_area(ReadTx& tx, std::int64_t id);
// Id of the area with exactly this name.
std::optional<std::int64_t> find_area_named(ReadTx& tx, const std::string& name);
std::int64_t insert_area(WriteTx& tx, const Area& area);  // gives the id; `area.id` is not looked at
void update_area(WriteTx& tx, const Area& area);
bool delete_area(WriteTx& tx, std::int64_t id);  // false where there was none

}  // namespace gatehouse::catalogue
