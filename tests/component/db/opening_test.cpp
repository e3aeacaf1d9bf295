#include <SQLiteCpp/Database.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/lock_file.h"
#include "db_fixture.h"

using namespace db_test;

namespace {

void write_file(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

void run_sql(const std::string& path, const char* sql) {
    SQLite::Database database(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    database.exec(sql);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(opening, Real)

BOOST_AUTO_TEST_CASE(the_file_is_in_wal_mode_and_marked_as_ours) {
    open();
    SQLite::Database database(directory / "test.db");
    BOOST_TEST(database.execAndGet("PRAGMA journal_mode").getString() == "wal");
    BOOST_TEST(database.execAndGet("PRAGMA application_id").getInt() == 0x47544853);
    BOOST_TEST(database.execAndGet("PRAGMA user_version").getInt() == 1);
}

BOOST_AUTO_TEST_CASE(a_second_pool_on_the_same_file_is_refused_until_the_first_is_gone) {
    auto first = open();
    CHECK_ERROR(open(), ErrorCode::kConflict, "another gatehoused uses it");
    first.reset();
    open();
}

BOOST_AUTO_TEST_CASE(a_second_process_is_refused_by_name_of_the_first) {
    auto first = open();
    const pid_t child = ::fork();
    if (child == 0) {
        // Only async-signal-safe things and what this test is about; the parent's threads are not here.
        int code = 1;
        try {
            gatehouse::LockFile lock(directory / "test.db.lock");
        } catch (const Error& e) {
            const bool named = e.message().find("process " + std::to_string(::getppid())) != std::string::npos;
            code = e.error_code() == ErrorCode::kConflict && named ? 0 : 2;
        }
        ::_exit(code);
    }
    int status = 0;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    BOOST_TEST(WIFEXITED(status));
    BOOST_TEST(WEXITSTATUS(status) == 0);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_database_is_refused_and_left_as_it_is) {
    const std::string text(8192, 'x');
    write_file(directory / "test.db", text);
    CHECK_ERROR(open(), ErrorCode::kInternal, "damaged or no database");
    BOOST_TEST(std::filesystem::file_size(directory / "test.db") == text.size());
}

BOOST_AUTO_TEST_CASE(a_damaged_database_is_refused) {
    {
        auto pool = open();
        (void)pool->open_for(shop());
    }
    // The header is good, the schema page behind it is not.
    std::fstream file(directory / "test.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);
    file << std::string(3000, '\x7f');
    file.close();
    CHECK_ERROR(open(), ErrorCode::kInternal, "damaged");
}

BOOST_AUTO_TEST_CASE(a_database_of_another_program_is_refused) {
    run_sql(directory / "test.db", "CREATE TABLE theirs (id INTEGER)");
    CHECK_ERROR(open(), ErrorCode::kInternal, "another program");
    SQLite::Database database(directory / "test.db");
    BOOST_TEST(database.execAndGet("PRAGMA journal_mode").getString() == "delete");
}

BOOST_AUTO_TEST_CASE(a_database_newer_than_the_program_is_refused) {
    open();
    run_sql(directory / "test.db", "PRAGMA user_version = 2");
    CHECK_ERROR(open(), ErrorCode::kConflict, "newer Gatehouse (format 2, this program knows 1)");
}

BOOST_AUTO_TEST_CASE(a_network_file_system_is_refused) {
    auto remote = options();
    std::string asked;
    remote.network_file_system = [&](const std::string& place) -> std::optional<std::string> {
        asked = place;
        return "NFS";
    };
    CHECK_ERROR(open(remote), ErrorCode::kUnavailable, "network file system (NFS)");
    BOOST_TEST(asked == directory.path().string());
    BOOST_TEST(!std::filesystem::exists(remote.path));
}

BOOST_AUTO_TEST_CASE(a_place_that_cannot_be_is_refused) {
    auto wrong = options();
    wrong.path = directory / "missing/test.db";
    CHECK_ERROR(open(wrong), ErrorCode::kUnavailable, "No such file or directory");
    wrong.path = "relative.db";
    CHECK_ERROR(open(wrong), ErrorCode::kInvalidArgument, "absolute");
    wrong.path = directory / "folder";
    std::filesystem::create_directory(wrong.path);
    CHECK_ERROR(open(wrong), ErrorCode::kUnavailable, "not a regular file");
    wrong = options();
    wrong.readers = 0;
    CHECK_ERROR(open(wrong), ErrorCode::kInvalidArgument, "db.readers");
}

BOOST_AUTO_TEST_CASE(a_pool_that_cannot_be_completed_lets_go_of_everything) {
    auto taken = metrics.observe("gatehouse_db_wal_bytes", "taken", {}, [] { return 0.0; });
    CHECK_ERROR(open(), ErrorCode::kConflict, "gatehouse_db_wal_bytes");
    taken.close();
    open();
}

BOOST_AUTO_TEST_SUITE_END()
