// Bringing an owner's tables to the state its program knows. Private to the room.
#pragma once

#include <Poco/Logger.h>

#include <memory>

#include "db/access.h"
#include "db/connection.h"
#include "db/db_types.h"

namespace gatehouse::db {

// Loads the prefixes that were ever given away.
void load_prefixes(Connection& connection, Prefixes& prefixes);

// Error(kInvalidArgument) unless numbers rise from 1 without holes.
void check_numbering(const DbIdentity& identity);

// On the writer's connection, outside a transaction. Each missing migration runs in a transaction of its own together
// with its row in core_schema. Error(kConflict) where the database knows a higher number than `identity`.
void migrate(Connection& connection, const DbIdentity& identity, const Access& access, Poco::Logger& logger);

}  // namespace gatehouse::db
