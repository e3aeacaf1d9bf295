// The catalogue's tables, owned by "core" (prefix core_), and the views everybody may read.
#pragma once

#include "db/db_types.h"

namespace gatehouse::catalogue {

// For DatabasePool::open_for().
db::DbIdentity database_identity();

}  // namespace gatehouse::catalogue
