#define BOOST_TEST_MODULE config
#include "yaml_text.h"

#include <Poco/TemporaryFile.h>

#include <fstream>

using namespace gatehouse;
using Kind = ConfigNode::Kind;

namespace {

std::string repeated(const std::string& text, std::size_t times) {
    std::string out;
    while (times-- > 0) out += text;
    return out;
}

bool has(const Yaml& yaml, const std::string& part) { return yaml.problems().find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(yaml_reader)

BOOST_AUTO_TEST_CASE(maps_lists_and_scalars_come_with_their_places) {
    const Yaml yaml("a: 1\nb:\n  - x\n  - \"y\"\nc:\n  d: true\n");
    BOOST_TEST(yaml.problems() == "");
    BOOST_TEST((yaml.root.kind() == Kind::kMap));
    BOOST_TEST(yaml.root.get("a").scalar() == "1");
    const auto list = yaml.root.get("b");
    BOOST_REQUIRE(list.items().size() == 2u);
    BOOST_TEST(!list.items()[0].quoted());
    BOOST_TEST(list.items()[1].quoted());
    BOOST_TEST(list.items()[1].location().text() == "f.yaml:4:5");
    BOOST_TEST(yaml.root.get("c").entries()[0].key_location.text() == "f.yaml:6:3");
    const auto missing = yaml.root.get("c").get("nothing");
    BOOST_TEST((missing.kind() == Kind::kMissing));
    BOOST_TEST(missing.location().line == 6);
}

BOOST_AUTO_TEST_CASE(duplicate_keys_are_reported_and_the_first_one_stays) {
    const Yaml yaml("a: 1\nb: 2\na: 3\nb: 4\n");
    BOOST_TEST(yaml.problems() ==
               "f.yaml:3:1: duplicate key 'a'; the first is at line 1\nf.yaml:4:1: duplicate key 'b'; the first is at "
               "line 2\n");
    BOOST_TEST(yaml.root.get("a").scalar() == "1");
}

BOOST_AUTO_TEST_CASE(every_tab_in_the_indentation_is_reported) {
    const Yaml yaml("a:\n\tb: 1\nc:\n \t d: 2\n\t# a comment may\n\t\ne: \"x\ty\"\n");
    BOOST_TEST(yaml.problems() ==
               "f.yaml:2:1: a tab in the indentation; YAML indents with spaces\n"
               "f.yaml:4:2: a tab in the indentation; YAML indents with spaces\n");
}

BOOST_AUTO_TEST_CASE(an_alias_bomb_is_refused_before_it_grows) {
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 10; ++i) {
        const std::string before = "*a" + std::to_string(i - 1);
        bomb +=
            "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + repeated(", " + before, 9) + "]\n";
    }
    const Yaml yaml(bomb);
    BOOST_TEST(yaml.problems() == "f.yaml:1:5: anchors (&name) are not supported; write the value where it is used\n");
    BOOST_TEST((yaml.root.kind() == Kind::kMissing));
}

BOOST_AUTO_TEST_CASE(an_empty_text_is_refused_and_a_text_of_comments_is_not) {
    for (const char* text : {"", "\n", "  \n\t\n"}) BOOST_TEST(has(Yaml(text), "f.yaml:1:1: the file is empty"), text);
    const Yaml comments("# nothing but a comment\n");
    BOOST_TEST(comments.problems() == "");
    BOOST_TEST((comments.root.kind() == Kind::kNull));
}

BOOST_AUTO_TEST_CASE(bounds_of_depth_nodes_and_size_hold) {
    BOOST_TEST(Yaml(repeated("[", 32) + repeated("]", 32)).problems() == "");
    BOOST_TEST(has(Yaml(repeated("[", 33) + repeated("]", 33)), "nested deeper than 32 levels"));
    BOOST_TEST(!Yaml(repeated("[", 500'000)).issues.empty());
    BOOST_TEST(has(Yaml(repeated("- ", 500'000)), "nested deeper than 32 levels"));
    BOOST_TEST(Yaml("[" + repeated("1,", 19'998) + "1]").problems() == "");
    BOOST_TEST(has(Yaml("[" + repeated("1,", 19'999) + "1]"), "more than 20000 keys and values"));
    BOOST_TEST(has(Yaml("a: " + repeated("x", config::kMaxFileBytes)), "larger than 1048576 bytes"));
}

BOOST_AUTO_TEST_CASE(what_yaml_allows_but_nobody_needs_is_refused) {
    BOOST_TEST(has(Yaml("a: !!int 5\n"), "f.yaml:1:4: tags (!name) are not supported"));
    BOOST_TEST(has(Yaml("a: 1\n---\nb: 2\n"), "a second document"));
    BOOST_TEST(has(Yaml("? [a, b]\n: 1\n"), "a key must be plain text"));
    BOOST_TEST(has(Yaml(": 1\n"), "a key is missing before ':'"));
    BOOST_TEST(has(Yaml("a: *b\n"), "f.yaml:1:4"));
}

BOOST_AUTO_TEST_CASE(broken_yaml_and_bytes_that_are_no_text_are_located) {
    BOOST_TEST(has(Yaml("a: [1, 2\nb: 3\n"), "f.yaml:2:2: not valid YAML"));
    BOOST_TEST(has(Yaml("a: 1\nb: \xff\n"), "f.yaml:2:4: not valid UTF-8"));
    BOOST_TEST(has(Yaml(std::string("a: 1\nb: x\0y\n", 12)), "f.yaml:2:5: a control character"));
    BOOST_TEST(Yaml("a: \xc3\xa9\n").problems() == "");
}

BOOST_AUTO_TEST_CASE(a_large_file_is_refused_and_a_missing_one_only_where_it_is_required) {
    const std::string path = Poco::TemporaryFile::tempName();
    std::ofstream(path) << std::string(10u << 20, '#');
    ConfigIssues issues;
    config::read_yaml_file(path, true, issues);
    BOOST_REQUIRE(issues.all().size() == 1u);
    BOOST_TEST(issues.all()[0].text() == path + ":0:0: the file is larger than 1048576 bytes (1 MiB)");
    std::remove(path.c_str());
    BOOST_TEST((config::read_yaml_file(path, false, issues).kind() == Kind::kMissing));
    BOOST_TEST(issues.all().size() == 1u);
    config::read_yaml_file(path, true, issues);
    BOOST_TEST(issues.all().back().message == "the file does not exist");
}

BOOST_AUTO_TEST_SUITE_END()
