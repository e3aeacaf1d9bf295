#include "db/statement_cache.h"

namespace gatehouse::db {

sqlite3_stmt* StatementCache::find(int owner, std::string_view sql) {
    const auto found = table_.find({owner, sql});
    if (found == table_.end()) return nullptr;
    kept_.splice(kept_.begin(), kept_, found->second);
    return found->second->statement.get();
}

sqlite3_stmt* StatementCache::add(int owner, std::string_view sql, StatementHandle statement) {
    kept_.push_front({owner, std::string(sql), std::move(statement)});
    const auto place = kept_.begin();
    table_[{owner, place->sql}] = place;
    return place->statement.get();
}

void StatementCache::trim() {
    while (kept_.size() > capacity_) {
        const auto& last = kept_.back();
        table_.erase({last.owner, last.sql});
        kept_.pop_back();
    }
}

}  // namespace gatehouse::db
