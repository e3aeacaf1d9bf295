// Who may do what to which table: the rules behind SQLite's authorizer. Private to the room.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::db {

inline constexpr std::string_view kCorePrefix = "core_";
inline constexpr std::string_view kViewPrefix = "v_";

// The prefixes given away, the database's whole history included, since a view of a plugin that is no longer loaded
// must not pass for one of the core. Thread-safe.
class Prefixes {
public:
    // Error(kConflict) where the prefix, or one that contains or is contained in it, belongs to another owner.
    void claim(const std::string& owner, const std::string& prefix);
    // Whose tables the published view v_... may read: its plugin's prefix, else the core's.
    std::string prefix_behind_view(std::string_view view) const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::string> owner_by_prefix_;
};

// Whether names are reserved for the core itself ("core", "catalogue", "accounts").
bool is_core_owner(std::string_view owner);
// Error(kInvalidArgument) where name and prefix do not go together; see DbIdentity.
void check_identity(const std::string& owner, const std::string& prefix);

struct Access {
    enum class Phase {
        kRuntime,    // reads and writes rows
        kMigration,  // makes and alters its own tables, indexes, triggers and views
        kInternal,   // the pool itself
    };
    int id = 0;  // one per owner, for the statement caches
    std::string owner;
    std::string prefix;
    bool core = false;
    Phase phase = Phase::kRuntime;
    std::shared_ptr<const Prefixes> prefixes;
};

// What SQLite asks its authorizer (sqlite.org/c3ref/c_alter_table.html): action code, its two arguments, the database
// ("main", "temp") and the innermost trigger or view. Absent arguments are empty.
struct Question {
    int action = 0;
    std::string_view first, second, database, inner;
};

// Null where it is allowed, else what was refused, for the error text: "write core_camera".
std::optional<std::string> refusal(const Access& access, const Question& question);

}  // namespace gatehouse::db
