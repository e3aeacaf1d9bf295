#include "yaml_text.h"

#include "config/configuration.h"

using namespace gatehouse;
using namespace gatehouse::config;

namespace {

std::string problems(const std::string& text) {
    Yaml yaml(text);
    AppSettings settings;
    app_settings_table().read(yaml.root, settings, yaml.issues, "");
    check_settings(settings, yaml.root, yaml.issues);
    return yaml.problems();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(app_settings)

BOOST_AUTO_TEST_CASE(the_defaults_are_good) { BOOST_TEST(problems("# all defaults\n") == ""); }

BOOST_AUTO_TEST_CASE(addresses_networks_and_origins_are_checked_where_they_stand) {
    BOOST_TEST(problems("http:\n  listen: [\"127.0.0.1:0\", \"[::1]:80\", \"[::]:3000\", \"0.0.0.0:3000\"]\n"
                        "  trusted_proxies: [10.0.0.0/8, \"::1\", fe80::/10]\n"
                        "  cors_origins: [https://panel.example.org, \"http://10.0.0.1:8080\"]\n") == "");
    BOOST_TEST(problems("http:\n  listen: [\"3000\", \"localhost:80\", \"1.2.3.4:70000\", \"::1:80\"]\n") ==
               "f.yaml:2:12: '3000' is not an address with a port, such as 0.0.0.0:3000 or [::]:3000\n"
               "f.yaml:2:20: 'localhost:80' is not an address with a port, such as 0.0.0.0:3000 or [::]:3000\n"
               "f.yaml:2:36: '1.2.3.4:70000' is not an address with a port, such as 0.0.0.0:3000 or [::]:3000\n"
               "f.yaml:2:53: '::1:80' is not an address with a port, such as 0.0.0.0:3000 or [::]:3000\n");
    BOOST_TEST(problems("http:\n  listen: []\n") == "f.yaml:2:11: at least one address is needed\n");
    BOOST_TEST(problems("http:\n  trusted_proxies: [10.0.0.0/33, proxy]\n") ==
               "f.yaml:2:21: '10.0.0.0/33' is not an IP address or network, such as ::1 or 10.0.0.0/8\n"
               "f.yaml:2:34: 'proxy' is not an IP address or network, such as ::1 or 10.0.0.0/8\n");
    BOOST_TEST(problems("http:\n  cors_origins: [\"*\", \"https://a/b\"]\n") ==
               "f.yaml:2:18: '*' is not an origin, such as https://panel.example.org\n"
               "f.yaml:2:23: 'https://a/b' is not an origin, such as https://panel.example.org\n");
}

BOOST_AUTO_TEST_CASE(what_the_service_would_not_start_with_is_no_good_configuration) {
    for (const char* origin : {"https://*.example.org", "https://host#x", "https://@host", "https://host?", "host"})
        BOOST_TEST(problems("http:\n  cors_origins: [\"" + std::string(origin) + "\"]\n") ==
                   "f.yaml:2:18: '" + std::string(origin) + "' is not an origin, such as https://panel.example.org\n");
    BOOST_TEST(problems("http:\n  trusted_proxies: [\"::ffff:10.0.0.0/104\"]\n") ==
               "f.yaml:2:21: '::ffff:10.0.0.0/104' is not an IP address or network, such as ::1 or 10.0.0.0/8\n");
    BOOST_TEST(
        problems("http:\n  listen: [\"[::ffff:127.0.0.1]:0\"]\n") ==
        "f.yaml:2:12: '[::ffff:127.0.0.1]:0' is not an address with a port, such as 0.0.0.0:3000 or [::]:3000\n");
}

BOOST_AUTO_TEST_CASE(no_address_is_listened_on_twice) {
    BOOST_TEST(problems("http:\n  listen: [\"[::]:3000\", \"0.0.0.0:3000\", \"[0::0]:3000\", \"127.0.0.1:3000\"]\n") ==
               "f.yaml:2:41: '[0::0]:3000' is taken by '[::]:3000' already\n"
               "f.yaml:2:56: '127.0.0.1:3000' is taken by '0.0.0.0:3000' already\n");
    BOOST_TEST(problems("http:\n  listen: [\"127.0.0.1:0\", \"127.0.0.1:0\", \"127.0.0.1:80\", \"127.0.0.2:80\"]\n") ==
               "");
    const std::string files = "  certificate: /c\n  key: /k\n";
    BOOST_TEST(problems("http:\n  listen: [\"127.0.0.1:80\"]\nhttps:\n  listen: [\"127.0.0.1:80\"]\n" + files) ==
               "f.yaml:4:12: '127.0.0.1:80' is taken by '127.0.0.1:80' already\n");
    // A default of the other door.
    BOOST_TEST(problems("https:\n  listen: [\"[::]:3000\"]\n" + files) ==
               "f.yaml:2:12: '[::]:3000' is taken by '[::]:3000' already\n");
}

BOOST_AUTO_TEST_CASE(plugin_lists_are_checked) {
    BOOST_TEST(problems("plugins:\n  enabled: [a, ../b, a]\n  critical: [a, c]\n") ==
               "f.yaml:2:16: '../b' is not a plugin's name (a-z, 0-9 and '-', none of the core's own)\n"
               "f.yaml:2:22: 'a' is named twice\n"
               "f.yaml:3:17: 'c' is critical but not enabled\n");
}

BOOST_AUTO_TEST_CASE(paths_are_absolute) {
    BOOST_TEST(problems("paths:\n  state_dir: var/lib\ndb:\n  path: x.db\n") ==
               "f.yaml:2:14: state_dir must be an absolute path\nf.yaml:4:9: path must be an absolute path\n");
}

BOOST_AUTO_TEST_CASE(changes_that_need_a_restart_are_named_and_hot_ones_are_not) {
    AppSettings running, wanted;
    wanted.cache.public_ttl = std::chrono::seconds{5};
    BOOST_TEST(changes_that_need_a_restart(running, wanted).empty());
    wanted.db.readers = 6;
    BOOST_TEST(changes_that_need_a_restart(running, wanted) == std::vector<std::string>{"db.readers"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(nodes_with_the_same_values_are_the_same_wherever_they_are_written) {
    BOOST_TEST(same_values(Yaml("a: [1, {b: 2}]\n").root, Yaml("# moved\n\na:\n  - 1\n  - b: 2\n").root));
    BOOST_TEST(!same_values(Yaml("a: 1\n").root, Yaml("a: 2\n").root));
    BOOST_TEST(!same_values(Yaml("a: 1\n").root, Yaml("a: 1\nb: 1\n").root));
    BOOST_TEST(!same_values(Yaml("a: true\n").root, Yaml("a: \"true\"\n").root));
}

BOOST_AUTO_TEST_SUITE_END()
