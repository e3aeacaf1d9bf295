#include "db/backup.h"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Exception.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include <gatehouse/unique_fd.h>

#include "base/file.h"
#include "db/sqlite_errors.h"

namespace gatehouse::db {
namespace {

constexpr int kPagesAtOnce = 1024;

bool same_file(const std::string& a, const std::string& b) {
    struct stat one {
    }, other{};
    if (::stat(a.c_str(), &one) != 0 || ::stat(b.c_str(), &other) != 0) return false;
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

void check_target(const std::string& live, const std::string& target) {
    if (!std::filesystem::path(target).is_absolute())
        throw Error(ErrorCode::kInvalidArgument, "backup: the path must be absolute, not '" + target + "'");
    for (const char* part : {"", "-wal", "-shm", "-journal", ".lock"}) {
        // The names first: a sidecar that does not exist just now is as forbidden.
        const bool same_name =
            std::filesystem::path(target).lexically_normal() == std::filesystem::path(live + part).lexically_normal();
        if (same_name || same_file(target, live + part))
            throw Error(ErrorCode::kInvalidArgument, "backup: " + target + " is the live database itself");
    }
    struct stat status {};
    if (::stat(target.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
        throw Error(ErrorCode::kInvalidArgument, "backup: " + target + " exists and is not a regular file");
}

// A file beside the target that goes away unless it is kept.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& target) : path_(target + ".part-XXXXXX") {
        // The copy holds everything the database holds: nobody else may read it (mkstemp(3): mode 0600).
        const UniqueFd made(::mkostemp(path_.data(), O_CLOEXEC));
        if (!made) throw Error(ErrorCode::kUnavailable, "backup: cannot make " + path_ + ": " + errno_text(errno));
        made_ = true;
    }
    ~TemporaryFile() {
        if (made_) ::unlink(path_.c_str());
        for (const char* part : {"-journal", "-wal", "-shm"}) ::unlink((path_ + part).c_str());
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    const std::string& path() const { return path_; }
    void move_to(const std::string& target) {
        if (::rename(path_.c_str(), target.c_str()) != 0)
            throw Error(ErrorCode::kUnavailable, "backup: cannot rename to " + target + ": " + errno_text(errno));
        made_ = false;
    }

private:
    std::string path_;
    bool made_ = false;
};

void sync(const std::string& path, int flags) {
    const UniqueFd file(::open(path.c_str(), flags | O_CLOEXEC));
    if (!file || ::fsync(file.get()) != 0)
        throw Error(ErrorCode::kUnavailable, "backup: cannot sync " + path + ": " + errno_text(errno));
}

void copy(Connection& source, SQLite::Database& copy) {
    // A read transaction held from here on: the copy is one moment of the database and never has to start over.
    execute(source.handle(), "BEGIN", "backup");
    struct End {
        sqlite3* handle;
        ~End() { sqlite3_exec(handle, "ROLLBACK", nullptr, nullptr, nullptr); }
    } const end{source.handle()};
    query_integer(source.handle(), "SELECT count(*) FROM sqlite_master", "backup");
    SQLite::Backup backup(copy, source.database());
    while (backup.executeStep(kPagesAtOnce) != SQLITE_DONE) {
    }
}

void verify(sqlite3* handle) {
    const auto verdict = query_text(handle, "PRAGMA integrity_check(1)", "backup");
    if (verdict != "ok") throw Error(ErrorCode::kInternal, "backup: the copy fails its integrity check: " + verdict);
}

}  // namespace

void backup_database(Connection& source, const std::string& live_path, const std::string& target_path) {
    check_target(live_path, target_path);
    TemporaryFile part(target_path);
    try {
        SQLite::Database target(part.path(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX);
        copy(source, target);
        // One file that needs no -wal beside it.
        query_text(target.getHandle(), "PRAGMA journal_mode = DELETE", "backup");
        verify(target.getHandle());
    } catch (const SQLite::Exception& e) {
        throw sqlite_error(e.getExtendedErrorCode() >= 0 ? e.getExtendedErrorCode() : e.getErrorCode(), e.what(),
                           "backup");
    }
    sync(part.path(), O_RDONLY);
    part.move_to(target_path);
    sync(std::filesystem::path(target_path).parent_path(), O_RDONLY | O_DIRECTORY);
}

}  // namespace gatehouse::db
