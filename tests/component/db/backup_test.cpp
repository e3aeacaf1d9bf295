#include <SQLiteCpp/Database.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "db_fixture.h"

using namespace db_test;

namespace {

struct BackupFixture : Shop {
    std::size_t files_in(const std::string& name) {
        std::filesystem::create_directories(directory / name);
        const std::filesystem::directory_iterator begin(directory / name);
        return static_cast<std::size_t>(std::distance(begin, std::filesystem::directory_iterator()));
    }
    void fill(int rows) {
        db->write("test.fill", Durability::kNormal, [rows](WriteTx& tx) {
              for (int i = 0; i < rows; ++i) insert(tx, i, std::string(500, 'x') + std::to_string(i));
          }).get();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(backup, BackupFixture)

BOOST_AUTO_TEST_CASE(a_backup_of_a_busy_database_is_one_moment_of_it_in_one_file) {
    fill(2000);
    std::atomic<bool> stop{false};
    std::thread busy([&] {
        // Pairs are written together: a copy with half of one is no moment of the database.
        for (int i = 10'000; !stop; i += 2)
            db->write("test.pair", Durability::kNormal, [i](WriteTx& tx) {
                  insert(tx, i, std::to_string(i));
                  insert(tx, i + 1, std::to_string(i + 1));
              }).get();
    });
    files_in("out");
    for (int i = 0; i < 5; ++i) pool->backup(directory / "out/copy.db");
    stop = true;
    busy.join();
    BOOST_TEST(files_in("out") == 1u);
    struct stat status {};
    BOOST_REQUIRE(::stat((directory / "out/copy.db").c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 0777) == 0600u);
    SQLite::Database copy(directory / "out/copy.db");
    BOOST_TEST(copy.execAndGet("PRAGMA integrity_check").getString() == "ok");
    const int rows = copy.execAndGet("SELECT count(*) FROM shop_item").getInt();
    BOOST_TEST(rows >= 2000);
    BOOST_TEST(rows % 2 == 0);
    BOOST_TEST(pool->stats().busy_errors == 0u);
}

BOOST_AUTO_TEST_CASE(a_backup_opens_as_a_database_of_its_own) {
    fill(10);
    pool->backup(directory / "copy.db");
    auto restored = options();
    restored.path = directory / "copy.db";
    auto other = open(restored);
    auto other_db = other->open_for(shop());
    BOOST_TEST(count_items(*other_db) == 10);
}

BOOST_AUTO_TEST_CASE(the_live_database_and_its_files_are_never_overwritten) {
    fill(1);
    for (const char* part : {"", "-wal", "-shm", "-journal", ".lock"})
        CHECK_ERROR(pool->backup(directory / (std::string("test.db") + part)), ErrorCode::kInvalidArgument,
                    "live database");
    std::filesystem::create_symlink(directory / "test.db", directory / "link.db");
    CHECK_ERROR(pool->backup(directory / "link.db"), ErrorCode::kInvalidArgument, "live database");
    std::filesystem::create_hard_link(directory / "test.db", directory / "hard.db");
    CHECK_ERROR(pool->backup(directory / "hard.db"), ErrorCode::kInvalidArgument, "live database");
    CHECK_ERROR(pool->backup(directory / "x/../test.db"), ErrorCode::kInvalidArgument, "live database");
    CHECK_ERROR(pool->backup("copy.db"), ErrorCode::kInvalidArgument, "absolute");
    BOOST_TEST(count_items(*db) == 1);
}

BOOST_AUTO_TEST_CASE(a_backup_that_fails_leaves_the_one_before_and_nothing_else) {
    fill(10);
    CHECK_ERROR(pool->backup(directory / "missing/copy.db"), ErrorCode::kUnavailable, "No such file");
    files_in("out");
    pool->backup(directory / "out/copy.db");
    const auto size = std::filesystem::file_size(directory / "out/copy.db");
    std::filesystem::create_directory(directory / "out/folder.db");
    CHECK_ERROR(pool->backup(directory / "out/folder.db"), ErrorCode::kInvalidArgument, "not a regular file");
    BOOST_TEST(files_in("out") == 2u);
    BOOST_TEST(std::filesystem::file_size(directory / "out/copy.db") == size);
}

BOOST_AUTO_TEST_SUITE_END()
