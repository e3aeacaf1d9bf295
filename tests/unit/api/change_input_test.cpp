#include "api/contract/change_input.h"

#include <boost/test/unit_test.hpp>

#include "api/json_body.h"

using namespace gatehouse;
using api::contract::area_change;
using api::contract::camera_change;

namespace {

struct Read {
    std::vector<catalogue::FieldError> errors;

    catalogue::CameraChange camera(const char* json) { return camera_change(*api::parse_json_object(json), errors); }
    std::vector<std::string> refused() const {
        std::vector<std::string> fields;
        for (const auto& each : errors) fields.push_back(each.field);
        return fields;
    }
};

using Fields = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(change_input, Read)

BOOST_AUTO_TEST_CASE(fields_that_are_not_given_are_not_touched) {
    BOOST_TEST(camera("{}").empty());
    BOOST_TEST(camera(R"({"id":7,"uuid":"x","sponsor_name":"y","enable_recording":1})").empty());
    BOOST_TEST(errors.empty());
}

BOOST_AUTO_TEST_CASE(the_form_of_the_original_is_understood) {
    const auto change =
        camera(R"({"name":"Gate","private_rtsp_url":"rtsp://u:p@h/x","description":"","location":"","group_name":"",
        "area_id":"","enabled":1,"is_tunnel":0,"latitude":"","longitude":"","status":"active","enable_recording":0,
        "recording_duration_hours":5,"video_codec":"h264"})");
    BOOST_TEST(errors.empty());
    BOOST_TEST(*change.enabled);
    BOOST_TEST(!*change.is_tunnel);
    BOOST_REQUIRE(change.area_id && change.latitude);
    BOOST_TEST(!change.area_id->has_value());
    BOOST_TEST(!change.latitude->has_value());
}

BOOST_AUTO_TEST_CASE(null_is_null_and_never_zero) {
    const auto change =
        camera(R"({"latitude":null,"longitude":null,"area_id":null,"sub_rtsp_url":null,"description":null})");
    BOOST_TEST(errors.empty());
    BOOST_TEST(!change.latitude.value().has_value());
    BOOST_TEST(!change.longitude.value().has_value());
    BOOST_TEST(!change.area_id.value().has_value());
    BOOST_TEST(!change.sub.url.value().has_value());
    BOOST_TEST(change.description.value().empty());
}

BOOST_AUTO_TEST_CASE(numbers_come_as_numbers_or_plain_decimal_text) {
    const auto change = camera(R"({"latitude":-6,"longitude":"106.8167","area_id":"12"})");
    BOOST_TEST(errors.empty());
    BOOST_TEST(**change.latitude == -6.0);
    BOOST_TEST(**change.longitude == 106.8167);
    BOOST_TEST(**change.area_id == 12);
}

BOOST_AUTO_TEST_CASE(wrong_types_are_named_and_not_coerced) {
    camera(
        R"({"name":5,"description":[],"area_id":1.5,"latitude":"6 south","longitude":true,"enabled":"yes","is_tunnel":2,
        "status":null,"transport":1,"private_rtsp_url":{},"rtsp_password":1})");
    BOOST_TEST(refused() == (Fields{"name", "description", "area_id", "latitude", "longitude", "status", "transport",
                                    "is_tunnel", "enabled", "private_rtsp_url", "rtsp_password"}));
}

BOOST_AUTO_TEST_CASE(numbers_beyond_64_bits_and_odd_texts_are_refused) {
    for (const char* json :
         {R"({"area_id":18446744073709551615})", R"({"area_id":"99999999999999999999"})", R"({"area_id":"0x10"})",
          R"({"area_id":" 1"})", R"({"area_id":"1 "})", R"({"latitude":"inf"})", R"({"latitude":"1e2"})",
          R"({"enabled":18446744073709551615})", R"({"enabled":1.0})"}) {
        errors.clear();
        camera(json);
        BOOST_TEST(errors.size() == 1u, json);
    }
}

BOOST_AUTO_TEST_CASE(areas_keep_all_their_fields) {
    const auto change = area_change(*api::parse_json_object(R"({"name":"RW 3","rt":"01","rw":"03","kelurahan":"Menteng",
        "kecamatan":"Menteng","latitude":-6.19,"longitude":106.83})"),
                                    errors);
    BOOST_TEST(errors.empty());
    BOOST_TEST(*change.rt == "01");
    BOOST_TEST(*change.kecamatan == "Menteng");
    BOOST_TEST(**change.longitude == 106.83);
}

BOOST_AUTO_TEST_SUITE_END()
