// A verified copy of the running database. Private to the room.
#pragma once

#include <string>

#include "db/connection.h"

namespace gatehouse::db {

// See DatabasePool::backup(). `source` is a read connection nobody else uses; `live_path` is its file.
void backup_database(Connection& source, const std::string& live_path, const std::string& target_path);

}  // namespace gatehouse::db
