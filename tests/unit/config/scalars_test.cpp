#include "yaml_text.h"

using namespace gatehouse;
namespace detail = gatehouse::config_detail;

namespace {

// Reads the value of "v: <text>" and gives the first problem, or "".
template <class Read>
std::string problem(const std::string& text, Read read) {
    Yaml yaml("v: " + text + "\n");
    BOOST_REQUIRE(yaml.problems() == "");
    read(yaml.root.get("v"), yaml.issues);
    return yaml.issues.empty() ? "" : yaml.issues.all()[0].message;
}

std::optional<std::int64_t> duration(const std::string& text) {
    Yaml yaml("v: " + text + "\n");
    return detail::read_duration_us(yaml.root.get("v"), 0, INT64_MAX, yaml.issues);
}

std::optional<std::int64_t> size(const std::string& text) {
    Yaml yaml("v: " + text + "\n");
    return detail::read_size_bytes(yaml.root.get("v"), 0, INT64_MAX, yaml.issues);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scalars)

BOOST_AUTO_TEST_CASE(whole_numbers_are_read_strictly) {
    const auto read = [](const ConfigNode& node, ConfigIssues& issues) { detail::read_integer(node, -5, 100, issues); };
    BOOST_TEST(problem("100", read) == "");
    BOOST_TEST(problem("-5", read) == "");
    BOOST_TEST(problem("0", read) == "");
    BOOST_TEST(problem("101", read) == "'101' is out of bounds; allowed is -5 to 100");
    BOOST_TEST(problem("0123", read) == "'0123' looks like an octal number; write it without the leading zero");
    BOOST_TEST(problem("0o17", read) == "'0o17' looks like an octal number; write it without the leading zero");
    for (const char* wrong :
         {"1.0", "1e2", "0x10", "+1", "1 2", "\"1\"", "yes", "", "~", "[1]", "{a: 1}", "99999999999999999999"})
        BOOST_TEST(problem(wrong, read).starts_with("expected a whole number, found "), wrong);
}

BOOST_AUTO_TEST_CASE(numbers_with_fractions_are_read_strictly) {
    const auto read = [](const ConfigNode& node, ConfigIssues& issues) { detail::read_real(node, 0, 2.5, issues); };
    BOOST_TEST(problem("2.5", read) == "");
    BOOST_TEST(problem("0.25", read) == "");
    BOOST_TEST(problem("2.6", read) == "'2.6' is out of bounds; allowed is 0 to 2.5");
    for (const char* wrong : {"nan", "inf", ".inf", "1,5", "\"1\""})
        BOOST_TEST(problem(wrong, read).starts_with("expected a number, found "), wrong);
}

BOOST_AUTO_TEST_CASE(booleans_are_true_and_false_alone) {
    const auto read = [](const ConfigNode& node, ConfigIssues& issues) { detail::read_boolean(node, issues); };
    BOOST_TEST(problem("true", read) == "");
    for (const char* wrong : {"yes", "on", "True", "1", "\"true\""})
        BOOST_TEST(problem(wrong, read).starts_with("expected true or false, found "), wrong);
}

BOOST_AUTO_TEST_CASE(durations_need_a_unit_and_do_not_overflow) {
    BOOST_TEST(duration("250ms").value() == 250'000);
    BOOST_TEST(duration("7d").value() == 604'800'000'000);
    BOOST_TEST(duration("0").value() == 0);
    BOOST_TEST(duration("\"30s\"").value() == 30'000'000);
    for (const char* wrong : {"30", "-1s", "1.5s", "s", "1 s", "1h30m", "030s", "9223372036854775807d", "[]"})
        BOOST_TEST(!duration(wrong).has_value(), wrong);
    const auto read = [](const ConfigNode& node, ConfigIssues& issues) {
        detail::read_duration_us(node, 1'000'000, 60'000'000, issues);
    };
    BOOST_TEST(problem("30", read) == "'30' lacks a unit; for seconds write 30s");
    BOOST_TEST(problem("2m", read) == "'2m' is out of bounds; allowed is 1s to 1m");
}

BOOST_AUTO_TEST_CASE(sizes_are_bytes_or_powers_of_1024) {
    BOOST_TEST(size("512KiB").value() == 524'288);
    BOOST_TEST(size("2GiB").value() == std::int64_t{2} << 30);
    BOOST_TEST(size("100").value() == 100);
    for (const char* wrong : {"64MB", "64M", "-1", "010", "8388608TiB"}) BOOST_TEST(!size(wrong).has_value(), wrong);
}

BOOST_AUTO_TEST_CASE(texts_and_lists_are_bounded) {
    const auto text = [](const ConfigNode& node, ConfigIssues& issues) { detail::read_text(node, 3, issues); };
    BOOST_TEST(problem("abc", text) == "");
    BOOST_TEST(problem("\"\"", text) == "");
    BOOST_TEST(problem("abcd", text) == "the text is 4 bytes long; at most 3 are allowed");
    BOOST_TEST(problem("", text) == "expected text (an empty one is written \"\"), found nothing");
    const auto list = [](const ConfigNode& node, ConfigIssues& issues) { detail::read_text_list(node, 2, issues); };
    BOOST_TEST(problem("[]", list) == "");
    BOOST_TEST(problem("[a, b, c]", list) == "the list has 3 items; at most 2 are allowed");
    BOOST_TEST(problem("a", list) == "expected a list (an empty one is written []), found 'a'");
    BOOST_TEST(problem("[a, [b]]", list) == "expected text (an empty one is written \"\"), found a list");
}

BOOST_AUTO_TEST_CASE(what_is_shown_is_read_back_the_same) {
    BOOST_TEST(detail::show_duration_us(90'000'000) == "90s");
    BOOST_TEST(detail::show_duration_us(60'000'000) == "1m");
    BOOST_TEST(detail::show_duration_us(0) == "0s");
    BOOST_TEST(detail::show_size_bytes(64 << 20) == "64MiB");
    BOOST_TEST(detail::show_size_bytes(1500) == "1500");
    for (const std::int64_t us : {1, 1500, 250'000, 86'400'000})
        BOOST_TEST(duration(detail::show_duration_us(us)).value() == us);
    const std::string nasty = "a\"b\\c\n\t\x01 #: é";
    Yaml yaml("v: " + detail::show_text(nasty) + "\n");
    BOOST_TEST(yaml.root.get("v").scalar() == nasty);
}

BOOST_AUTO_TEST_SUITE_END()
