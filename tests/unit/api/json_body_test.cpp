#include "api/json_body.h"

#include <boost/test/unit_test.hpp>

#include <string>

#include <gatehouse/error.h>

using gatehouse::Error;
using gatehouse::ErrorCode;
using gatehouse::api::parse_json_object;

namespace {

ErrorCode code_of(const std::string& text) {
    try {
        parse_json_object(text);
    } catch (const Error& failure) {
        BOOST_TEST(failure.message().find("hunter2") == std::string::npos);
        return failure.error_code();
    }
    return ErrorCode::kConflict;  // not thrown by the parser: nothing was wrong
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_body)

BOOST_AUTO_TEST_CASE(an_object_is_read) {
    const auto object = parse_json_object(R"({"name":"G\u00e4te","n":-6.2,"list":[1,{"a":null}]})");
    BOOST_TEST(object->getValue<std::string>("name") == "G\xc3\xa4te");
    BOOST_TEST(object->has("list"));
}

BOOST_AUTO_TEST_CASE(anything_else_is_refused) {
    for (const char* text : {"",
                             " ",
                             "null",
                             "5",
                             "\"x\"",
                             "[]",
                             "[{}]",
                             "{",
                             "{\"a\":1",
                             "{\"a\":1,}",
                             "{'a':1}",
                             "{} {}",
                             "{}x",
                             "{\"a\":01}",
                             "{\"a\":NaN}",
                             "{\"a\":1e999}",
                             "{\"a\":123456789012345678901234567890}",
                             "// c\n{}",
                             "{\"a\":\"\n\"}",
                             "{\"a\":\"\\ud800\"}",
                             "{\"p\":\"hunter2\xff\"}"})
        BOOST_TEST((code_of(text) == ErrorCode::kInvalidArgument), text);
}

BOOST_AUTO_TEST_CASE(a_field_given_twice_is_refused_at_any_depth) {
    BOOST_TEST((code_of(R"({"a":1,"a":1})") == ErrorCode::kInvalidArgument));
    BOOST_TEST((code_of(R"({"a":{"b":1,"b":2}})") == ErrorCode::kInvalidArgument));
    BOOST_TEST((code_of(R"({"a":{"b":1},"c":{"b":2},"b":3})") == ErrorCode::kConflict));
}

BOOST_AUTO_TEST_CASE(depth_and_size_are_bounded) {
    BOOST_TEST((code_of("{\"a\":" + std::string(20, '[') + std::string(20, ']') + "}") == ErrorCode::kInvalidArgument));
    BOOST_TEST((code_of("{\"a\":\"" + std::string(64 * 1024, 'x') + "\"}") == ErrorCode::kTooLarge));
    BOOST_TEST((code_of("{\"a\":\"" + std::string(60 * 1024, 'x') + "\"}") == ErrorCode::kConflict));
}

BOOST_AUTO_TEST_SUITE_END()
