// The pure parts.
#include "db/fact_rules.h"
#include "db/file_system_probe.h"
#include "db/outbox_subscription.h"
#include "db_fixture.h"

using namespace db_test;
using namespace gatehouse::db;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(rules)

BOOST_AUTO_TEST_CASE(network_file_systems_are_known_by_their_magic) {
    BOOST_TEST(network_name_of_magic(0x6969).value() == "NFS");
    BOOST_TEST(network_name_of_magic(0xFF534D42).value() == "CIFS");
    BOOST_TEST(!network_name_of_magic(0xEF53).has_value());
    BOOST_TEST(!network_name_of_magic(0x01021994).has_value());
    BOOST_TEST(is_network_fuse("fuse.sshfs"));
    BOOST_TEST(!is_network_fuse("fuseblk"));
    BOOST_TEST(!network_file_system(std::filesystem::temp_directory_path()).has_value());
}

BOOST_AUTO_TEST_CASE(the_mount_type_is_found_by_device) {
    const std::string text =
        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        "40 22 0:45 / /mnt/far rw,nosuid shared:2 master:1 - fuse.sshfs me@far:/x rw,user_id=0\n"
        "garbage\n";
    BOOST_TEST(mount_type_of(text, 0, 45) == "fuse.sshfs");
    BOOST_TEST(mount_type_of(text, 8, 1) == "ext4");
    BOOST_TEST(mount_type_of(text, 9, 9).empty());
}

BOOST_AUTO_TEST_CASE(the_back_off_doubles_up_to_a_minute) {
    BOOST_TEST((OutboxSubscription::back_off(1) == 1s));
    BOOST_TEST((OutboxSubscription::back_off(2) == 2s));
    BOOST_TEST((OutboxSubscription::back_off(6) == 32s));
    BOOST_TEST((OutboxSubscription::back_off(7) == 60s));
    BOOST_TEST((OutboxSubscription::back_off(4'000'000'000u) == 60s));
}

BOOST_AUTO_TEST_CASE(facts_have_bounds) {
    check_fact({"camera.created", std::string(200, 's'), std::string(16'384, 'p')});
    CHECK_ERROR(check_fact({"", "s", "{}"}), ErrorCode::kInvalidArgument, "type");
    CHECK_ERROR(check_fact({"Camera", "s", "{}"}), ErrorCode::kInvalidArgument, "type");
    CHECK_ERROR(check_fact({std::string(65, 'a'), "s", "{}"}), ErrorCode::kInvalidArgument, "type");
    CHECK_ERROR(check_fact({"a", std::string(201, 's'), "{}"}), ErrorCode::kInvalidArgument, "subject");
    CHECK_ERROR(check_fact({"a", "s", std::string(16'385, 'p')}), ErrorCode::kInvalidArgument, "payload");
}

BOOST_AUTO_TEST_SUITE_END()
