#include "yaml_text.h"

using namespace gatehouse;
using namespace std::chrono_literals;

namespace {

struct Inner {
    int depth = 1;
    std::string password = "none";
};
struct Settings {
    std::size_t readers = 5;
    bool log = false;
    std::chrono::seconds wait{30};
    Inner inner;
};

ConfigTable<Settings> table() {
    return ConfigTable<Settings>()
        .integer("readers", &Settings::readers, {1, 64}, "Readers")
        .boolean("log", &Settings::log, "Log")
        .duration("wait", &Settings::wait, {1s, 60s}, "Wait")
        .section("inner", &Settings::inner,
                 ConfigTable<Inner>()
                     .integer("depth", &Inner::depth, {0, 9}, "Depth")
                     .text("password", &Inner::password, 20, "Secret", {.secret = true}),
                 "Inside");
}

std::string problems(const std::string& text, Settings& settings) {
    Yaml yaml(text);
    table().read(yaml.root, settings, yaml.issues, "");
    return yaml.problems();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(table_of_keys)

BOOST_AUTO_TEST_CASE(values_are_taken_and_the_rest_keeps_its_defaults) {
    Settings settings;
    BOOST_TEST(problems("readers: 7\ninner:\n  depth: 3\nwait: 45s\n", settings) == "");
    BOOST_TEST(settings.readers == 7u);
    BOOST_TEST(settings.inner.depth == 3);
    BOOST_TEST(settings.wait.count() == 45);
    BOOST_TEST(!settings.log);
}

BOOST_AUTO_TEST_CASE(all_problems_are_told_at_once_each_with_its_place) {
    Settings settings;
    BOOST_TEST(problems("raeders: 7\nlog: yes\ninner:\n  depth: 10\n  dpeth: 1\n  xyzzy: 1\nwait: 5\n", settings) ==
               "f.yaml:1:1: unknown key 'raeders'; did you mean 'readers'?\n"
               "f.yaml:2:6: expected true or false, found 'yes'\n"
               "f.yaml:4:10: '10' is out of bounds; allowed is 0 to 9\n"
               "f.yaml:5:3: unknown key 'dpeth' in inner; did you mean 'depth'?\n"
               "f.yaml:6:3: unknown key 'xyzzy' in inner; known keys are depth, password\n"
               "f.yaml:7:7: '5' lacks a unit; for seconds write 5s\n");
}

BOOST_AUTO_TEST_CASE(a_section_that_is_no_map_is_told) {
    Settings settings;
    BOOST_TEST(problems("inner: 5\n", settings) == "f.yaml:1:8: inner must be a map of keys (\"key: value\" lines)\n");
    BOOST_TEST(problems("inner:\n", settings) == "");
}

BOOST_AUTO_TEST_CASE(a_table_finds_duplicates_in_nodes_that_were_not_read_from_yaml) {
    auto one = std::make_shared<ConfigNode::Impl>();
    one->kind = ConfigNode::Kind::kScalar;
    one->scalar = "1";
    auto map = std::make_shared<ConfigNode::Impl>();
    map->kind = ConfigNode::Kind::kMap;
    map->entries = {{"readers", {"x", 1, 1}, ConfigNode(one)}, {"readers", {"x", 2, 1}, ConfigNode(one)}};
    Settings settings;
    ConfigIssues issues;
    table().read(ConfigNode(map), settings, issues, "");
    BOOST_REQUIRE(issues.all().size() == 1u);
    BOOST_TEST(issues.all()[0].text() == "x:2:1: duplicate key 'readers'; the first is at x:1:1");
}

BOOST_AUTO_TEST_CASE(effective_values_are_shown_without_secrets) {
    const auto shown = table().show(Settings{});
    BOOST_REQUIRE(shown.size() == 5u);
    BOOST_TEST(shown[2].doc.key == "wait");
    BOOST_TEST(shown[2].value == "30s");
    BOOST_TEST(shown[2].doc.bounds == "1s..1m");
    BOOST_TEST(shown[4].doc.key == "inner.password");
    BOOST_TEST(shown[4].value == "(secret)");
}

BOOST_AUTO_TEST_SUITE_END()
