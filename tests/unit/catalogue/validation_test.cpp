#include "catalogue/validation.h"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

#include "catalogue/text_rules.h"

using namespace gatehouse;
using namespace gatehouse::catalogue;

namespace {

CameraChange good_camera() {
    CameraChange change;
    change.name = "Gate";
    change.main.url = std::optional<std::string>("rtsp://192.0.2.1/a");
    return change;
}

std::vector<std::string> fields_refused(const CameraChange& change, Purpose purpose = Purpose::kCreate) {
    std::vector<FieldError> errors;
    Area area;
    area.id = 3;
    check_camera(change, purpose, {area}, errors);
    std::vector<std::string> fields;
    for (const auto& each : errors) {
        BOOST_TEST(each.message.starts_with(each.field + " "));
        fields.push_back(each.field);
    }
    return fields;
}

using Fields = std::vector<std::string>;

std::optional<std::string> text(const char* value) { return std::string(value); }

}  // namespace

BOOST_AUTO_TEST_SUITE(validation)

BOOST_AUTO_TEST_CASE(a_camera_needs_a_name_and_an_address) {
    BOOST_TEST(fields_refused(CameraChange{}) == (Fields{"name", "private_rtsp_url"}));
    BOOST_TEST(fields_refused(CameraChange{}, Purpose::kUpdate) == Fields{});
    BOOST_TEST(fields_refused(good_camera()) == Fields{});
}

BOOST_AUTO_TEST_CASE(all_problems_are_reported_at_once) {
    CameraChange change;
    change.name = "";
    change.description = std::string(501, 'x');
    change.location = "line\nbreak";
    change.group_name = "\xff";
    change.area_id = std::optional<std::int64_t>(4);
    change.latitude = std::optional<double>(90.001);
    change.longitude = std::optional<double>(-181);
    change.status = "broken";
    change.visibility = "everybody";
    change.transport = "TCP";
    change.video_codec = "H264";
    change.main.url = text("http://x");
    change.sub.url = text("rtsp://h:0/");
    change.main.user = text("a\nb");
    BOOST_TEST(fields_refused(change) == (Fields{"name", "description", "location", "group_name", "latitude",
                                                 "longitude", "status", "video_codec", "visibility", "transport",
                                                 "area_id", "rtsp_user", "private_rtsp_url", "sub_rtsp_url"}));
}

BOOST_AUTO_TEST_CASE(edges_of_ranges_are_allowed) {
    CameraChange change = good_camera();
    change.name = std::string(100, 'n');
    change.description = std::string(499, 'd') + "\n";
    change.latitude = std::optional<double>(-90);
    change.longitude = std::optional<double>(180);
    change.area_id = std::optional<std::int64_t>(3);
    BOOST_TEST(fields_refused(change) == Fields{});
    change.name = std::string(101, 'n');
    BOOST_TEST(fields_refused(change) == Fields{"name"});
}

BOOST_AUTO_TEST_CASE(what_is_not_a_number_is_no_place_on_earth) {
    for (const double value : {std::nan(""), std::numeric_limits<double>::infinity()}) {
        CameraChange change = good_camera();
        change.latitude = std::optional<double>(value);
        BOOST_TEST(fields_refused(change) == Fields{"latitude"});
    }
}

BOOST_AUTO_TEST_CASE(null_stays_null) {
    CameraChange change = good_camera();
    change.latitude = std::optional<double>();
    change.area_id = std::optional<std::int64_t>();
    std::vector<FieldError> errors;
    const auto checked = check_camera(change, Purpose::kCreate, {}, errors);
    BOOST_TEST(errors.empty());
    BOOST_REQUIRE(checked.fields.latitude);
    BOOST_TEST(!checked.fields.latitude->has_value());
}

BOOST_AUTO_TEST_CASE(credentials_come_from_the_url_or_from_fields_but_not_both) {
    CameraChange change = good_camera();
    change.main.url = text("rtsp://admin:pw@192.0.2.1/a");
    std::vector<FieldError> errors;
    const auto checked = check_camera(change, Purpose::kCreate, {}, errors);
    BOOST_TEST(errors.empty());
    BOOST_TEST(**checked.main.url == "rtsp://192.0.2.1/a");
    BOOST_TEST(**checked.main.user == "admin");
    BOOST_TEST(**checked.main.password == "pw");
    BOOST_TEST(!checked.fields.main.url.has_value());
    change.main.password = text("other");
    BOOST_TEST(fields_refused(change) == Fields{"rtsp_password"});
}

BOOST_AUTO_TEST_CASE(an_empty_credential_removes_it) {
    CameraChange change;
    change.main.password = text("");
    std::vector<FieldError> errors;
    const auto checked = check_camera(change, Purpose::kUpdate, {}, errors);
    BOOST_REQUIRE(checked.main.password);
    BOOST_TEST(!checked.main.password->has_value());
}

BOOST_AUTO_TEST_CASE(the_main_address_cannot_be_removed) {
    CameraChange change;
    change.main.url = text("");
    BOOST_TEST(fields_refused(change, Purpose::kUpdate) == Fields{"private_rtsp_url"});
}

BOOST_AUTO_TEST_CASE(an_area_is_checked_likewise) {
    AreaChange change;
    change.name = "   ";
    change.rt = std::string(21, '1');
    change.latitude = std::optional<double>(91);
    std::vector<FieldError> errors;
    check_area(change, Purpose::kCreate, errors);
    BOOST_REQUIRE(errors.size() == 3u);
    BOOST_TEST(errors[0].message == "name must not be empty");
}

BOOST_AUTO_TEST_CASE(only_well_formed_utf8_is_text) {
    for (const char* good : {"", "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8e\xa5", "\xf4\x8f\xbf\xbf"})
        BOOST_TEST(is_utf8(good));
    for (const char* bad : {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                            "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "a\xff"})
        BOOST_TEST(!is_utf8(bad));
}

BOOST_AUTO_TEST_CASE(terminal_controls_are_refused_in_both_forms) {
    BOOST_TEST(!text_problem("a\x1b[2J", {100}).empty());
    BOOST_TEST(!text_problem("a\xc2\x9b"
                             "2J",
                             {100})
                    .empty());
    BOOST_TEST(text_problem("caf\xc3\xa9 \xc2\xa0", {100}).empty());
}

BOOST_AUTO_TEST_CASE(names_of_choices_go_both_ways) {
    for (const auto each : {Visibility::kPublic, Visibility::kMembers, Visibility::kArea})
        BOOST_TEST((visibility_of(name(each)) == each));
    for (const auto each : {Transport::kAuto, Transport::kTcp, Transport::kUdp})
        BOOST_TEST((transport_of(name(each)) == each));
    BOOST_TEST(!visibility_of("Public"));
}

BOOST_AUTO_TEST_SUITE_END()
