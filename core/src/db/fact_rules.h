// What a fact may look like. Private to the room.
#pragma once

#include <gatehouse/db.h>

namespace gatehouse::db {

// Error(kInvalidArgument) where type, subject or payload break the bounds of gatehouse/db.h.
void check_fact(const Fact& fact);

}  // namespace gatehouse::db
