// A disk that is full, and one that may not be written.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <thread>

#include "db_fixture.h"

using namespace db_test;

namespace {

// Mounting needs root; where that is not given, the test says so and is left out by name.
bool is_root() { return ::geteuid() == 0; }

class SmallDisk {
public:
    SmallDisk() { mounted_ = ::mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, "size=4m") == 0; }
    ~SmallDisk() {
        if (mounted_) ::umount2(directory_.path().c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    bool mounted() const { return mounted_; }
    bool make_read_only() {
        return ::mount(nullptr, directory_.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0;
    }
    std::string operator/(const std::string& name) const { return directory_ / name; }

    void fill() {
        const int file = ::open((directory_ / "ballast").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        const std::string block(4096, 'b');
        while (::write(file, block.data(), block.size()) > 0) {
        }
        ::close(file);
    }
    void make_room() { std::filesystem::remove(directory_ / "ballast"); }

private:
    TemporaryDirectory directory_;
    bool mounted_ = false;
};

boost::test_tools::assertion_result can_mount(boost::unit_test::test_unit_id) {
    if (!is_root()) return false;
    return SmallDisk().mounted();
}
boost::test_tools::assertion_result root(boost::unit_test::test_unit_id) { return is_root(); }

// Runs `check` in a child process as an ordinary user; 0 means good.
int as_nobody(const std::function<int()>& check) {
    const pid_t child = ::fork();
    if (child == 0) {
        constexpr uid_t kNobody = 65534;
        if (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) ::_exit(90);
        ::_exit(check());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 91;
}

// 0 when opening is refused as unavailable with this text.
int refused_with(const std::string& path, const std::string& part) {
    try {
        Real here;
        DbOptions options;
        options.path = path;
        here.open(options);
        return 1;
    } catch (const Error& e) {
        return e.error_code() == ErrorCode::kUnavailable && says(e, part) ? 0 : 2;
    } catch (...) {
        return 3;
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(disk)

BOOST_AUTO_TEST_CASE(a_full_disk_refuses_writes_keeps_what_was_acknowledged_and_recovers_by_itself,
                     *boost::unit_test::precondition(can_mount)) {
    SmallDisk disk;
    Real here;
    DbOptions options;
    options.path = disk / "test.db";
    auto pool = here.open(options);
    auto db = pool->open_for(shop());
    std::int64_t acknowledged = 0, refused = 0;
    const auto write_one = [&](std::int64_t id) {
        db->write("test.fill", Durability::kSync, [id](WriteTx& tx) {
              insert(tx, id, std::to_string(id) + std::string(20'000, 'x'));
              tx.publish({"item.made", std::to_string(id), "{}"});
          }).get();
        ++acknowledged;
    };
    for (int i = 0; i < 10; ++i) write_one(i);
    disk.fill();
    for (int i = 10; i < 400; ++i) {
        try {
            write_one(i);
        } catch (const Error& e) {
            BOOST_TEST((e.error_code() == ErrorCode::kUnavailable), e.message());
            BOOST_TEST(says(e, "full"), e.message());
            ++refused;
        }
    }
    BOOST_TEST(refused > 0);
    BOOST_TEST(count_items(*db) == acknowledged);
    BOOST_TEST(pool->refusal().find("disk full") != std::string::npos, pool->refusal());
    disk.make_room();
    write_one(1000);
    // Nobody need write for it to be known that there is room again.
    const auto probed = [&] {
        std::promise<void> answered;
        const auto before = pool->stats();
        BOOST_TEST(pool->probe([&] { answered.set_value(); }));
        answered.get_future().get();
        BOOST_TEST(pool->stats().writes == before.writes);
        BOOST_TEST(pool->stats().batches == before.batches);
        return pool->refusal().empty();
    };
    const auto began = std::chrono::steady_clock::now();
    while (!probed() && std::chrono::steady_clock::now() - began < std::chrono::seconds(30))
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
    BOOST_TEST(pool->refusal() == "");
    BOOST_TEST(count_items(*db) == acknowledged);
    BOOST_TEST(pool->stats().failed_writes >=
               static_cast<std::uint64_t>(refused));  // the pool's own may have failed too
    db.reset();
    pool.reset();
    pool = here.open(options);
    db = pool->open_for(shop());
    BOOST_TEST(count_items(*db) == acknowledged);
    pool->backup(here.directory / "checked.db");  // runs integrity_check
}

BOOST_AUTO_TEST_CASE(one_write_that_does_not_fit_leaves_its_neighbours_their_room,
                     *boost::unit_test::precondition(can_mount)) {
    SmallDisk disk;
    Real here;
    DbOptions options;
    options.path = disk / "test.db";
    auto pool = here.open(options);
    auto db = pool->open_for(shop());
    // 6 MB do not go onto 4 MB; as one row it overflows the page cache and reaches the disk before the commit.
    CHECK_ERROR(
        db->write("test.big", Durability::kNormal, [](WriteTx& tx) { insert(tx, 1, std::string(6'000'000, 'x')); })
            .get(),
        ErrorCode::kUnavailable, "full");
    db->write("test.small", Durability::kSync, [](WriteTx& tx) { insert(tx, 2, "small"); }).get();
    BOOST_TEST(count_items(*db) == 1);
}

BOOST_AUTO_TEST_CASE(a_database_on_a_full_disk_is_refused_with_the_reason_and_opens_when_there_is_room,
                     *boost::unit_test::precondition(can_mount)) {
    SmallDisk disk;
    Real here;
    DbOptions options;
    options.path = disk / "test.db";
    here.open(options)->open_for(shop());
    disk.fill();
    CHECK_ERROR(here.open(options), ErrorCode::kUnavailable, "full");
    disk.make_room();
    here.open(options)->open_for(shop());
}

BOOST_AUTO_TEST_CASE(a_backup_onto_a_full_disk_fails_and_leaves_nothing, *boost::unit_test::precondition(can_mount)) {
    SmallDisk disk;
    Shop shop_here;
    shop_here.db
        ->write("test.big", Durability::kNormal, [](WriteTx& tx) { insert(tx, 1, std::string(6'000'000, 'x')); })
        .get();
    CHECK_ERROR(shop_here.pool->backup(disk / "copy.db"), ErrorCode::kUnavailable, "full");
    BOOST_TEST(!std::filesystem::exists(disk / "copy.db"));
    BOOST_TEST(std::filesystem::is_empty(std::filesystem::path(disk / "copy.db").parent_path()));
    BOOST_TEST(count_items(*shop_here.db) == 1);
}

BOOST_AUTO_TEST_CASE(a_read_only_disk_is_refused, *boost::unit_test::precondition(can_mount)) {
    SmallDisk disk;
    {
        Real here;
        DbOptions options;
        options.path = disk / "test.db";
        here.open(options);
    }
    BOOST_REQUIRE(disk.make_read_only());
    BOOST_TEST(refused_with(disk / "test.db", "cannot be written") == 0);
}

BOOST_AUTO_TEST_CASE(a_read_only_file_or_directory_is_refused, *boost::unit_test::precondition(root)) {
    TemporaryDirectory place;
    {
        Real here;
        DbOptions options;
        options.path = place / "test.db";
        here.open(options);
    }
    std::filesystem::remove(place / "test.db.lock");
    ::chmod(place.path().c_str(), 0777);
    ::chmod((place / "test.db").c_str(), 0444);
    BOOST_TEST(as_nobody([&] { return refused_with(place / "test.db", "the file cannot be written"); }) == 0);
    ::chmod((place / "test.db").c_str(), 0666);
    ::chmod(place.path().c_str(), 0555);
    BOOST_TEST(as_nobody([&] { return refused_with(place / "test.db", "directory"); }) == 0);
    ::chmod(place.path().c_str(), 0755);
}

BOOST_AUTO_TEST_SUITE_END()
