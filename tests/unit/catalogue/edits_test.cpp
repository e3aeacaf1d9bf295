#include "catalogue/edits.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse;
using namespace gatehouse::catalogue;

namespace {

struct Row {
    MasterKey key = [] {
        MasterKey::Bytes bytes{};
        bytes.fill(std::byte{5});
        return MasterKey(bytes);
    }();
    CameraRow row;

    Row() {
        row.camera.uuid = "11111111-2222-4333-8444-555555555555";
        CameraChange first;
        first.name = "Gate";
        first.main.url = std::optional<std::string>("rtsp://admin:pw@192.0.2.1/a");
        edit(first);
    }
    ChangedFields edit(const CameraChange& change) {
        std::vector<FieldError> errors;
        const auto checked = check_camera(change, Purpose::kUpdate, {}, errors);
        BOOST_REQUIRE(errors.empty());
        return apply(checked, key, row);
    }
    std::string password(StreamRole role) const {
        return open_credential(key, row.camera.uuid, role, true,
                               role == StreamRole::kMain ? row.main.password : row.sub.password);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(edits, Row)

BOOST_AUTO_TEST_CASE(credentials_are_sealed_and_the_url_is_kept_without_them) {
    BOOST_TEST(row.camera.main.url == "rtsp://192.0.2.1/a");
    BOOST_TEST(row.camera.main.has_password);
    BOOST_TEST(row.main.password->find("pw") == std::string::npos);
    BOOST_TEST(password(StreamRole::kMain) == "pw");
}

BOOST_AUTO_TEST_CASE(a_url_without_credentials_keeps_the_stored_ones) {
    const auto revision = row.camera.source_revision;
    CameraChange change;
    change.main.url = std::optional<std::string>("rtsp://192.0.2.2/a");
    BOOST_TEST(edit(change) == ChangedFields{"private_rtsp_url"});
    BOOST_TEST(password(StreamRole::kMain) == "pw");
    BOOST_TEST(row.camera.source_revision == revision + 1);
}

BOOST_AUTO_TEST_CASE(the_same_values_again_are_no_change) {
    const auto revision = row.camera.source_revision;
    CameraChange change;
    change.name = "Gate";
    change.main.url = std::optional<std::string>("rtsp://admin:pw@192.0.2.1/a");
    BOOST_TEST(edit(change) == ChangedFields{});
    BOOST_TEST(row.camera.source_revision == revision);
}

BOOST_AUTO_TEST_CASE(a_new_name_does_not_disturb_the_source) {
    const auto revision = row.camera.source_revision;
    CameraChange change;
    change.name = "Door";
    change.enabled = false;
    BOOST_TEST(edit(change) == (ChangedFields{"name", "enabled"}));
    BOOST_TEST(row.camera.source_revision == revision);
    change = {};
    change.transport = "tcp";
    BOOST_TEST(edit(change) == ChangedFields{"transport"});
    BOOST_TEST(row.camera.source_revision == revision + 1);
}

BOOST_AUTO_TEST_CASE(removing_the_sub_stream_removes_its_credentials) {
    CameraChange change;
    change.sub.url = std::optional<std::string>("rtsp://u:subpw@192.0.2.1/b");
    BOOST_TEST(edit(change) == (ChangedFields{"sub_rtsp_url", "sub_rtsp_user", "sub_rtsp_password"}));
    BOOST_TEST(password(StreamRole::kSub) == "subpw");
    change = {};
    change.sub.url = std::optional<std::string>();
    BOOST_TEST(edit(change) == ChangedFields{"sub_rtsp_url"});
    BOOST_TEST(!row.camera.sub);
    BOOST_TEST((row.sub == SealedCredentials{}));
}

BOOST_AUTO_TEST_CASE(credentials_of_a_sub_stream_that_is_not_there_are_refused) {
    CameraChange change;
    change.sub.password = std::optional<std::string>("x");
    BOOST_CHECK_THROW(edit(change), ValidationError);
}

BOOST_AUTO_TEST_CASE(a_password_that_no_longer_opens_can_be_entered_again) {
    row.main.password = "garbage";
    CameraChange change;
    change.main.password = std::optional<std::string>("new");
    BOOST_TEST(edit(change) == ChangedFields{"rtsp_password"});
    BOOST_TEST(password(StreamRole::kMain) == "new");
}

BOOST_AUTO_TEST_SUITE_END()
