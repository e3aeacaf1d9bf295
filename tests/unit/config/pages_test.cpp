#include "yaml_text.h"

#include "config/config_pages.h"

using namespace gatehouse;
using namespace gatehouse::config;

namespace {

std::shared_ptr<Configuration> configuration_of(const std::string& text) {
    Yaml yaml(text);
    auto configuration = std::make_shared<Configuration>();
    configuration->root = yaml.root;
    app_settings_table().read(yaml.root, configuration->app, yaml.issues, "");
    return configuration;
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(config_pages)

BOOST_AUTO_TEST_CASE(the_shipped_file_is_good_and_holds_every_key_at_its_default) {
    Yaml yaml(shipped_file("[]"));
    AppSettings settings;
    app_settings_table().read(yaml.root, settings, yaml.issues, "");
    BOOST_TEST(yaml.problems() == "");
    const auto defaults = app_settings_table().show(AppSettings{}), shipped = app_settings_table().show(settings);
    for (std::size_t i = 0; i < defaults.size(); ++i) {
        BOOST_TEST(shipped[i].value == defaults[i].value);
        const auto dot = defaults[i].doc.key.find('.');
        const auto node = yaml.root.get(defaults[i].doc.key.substr(0, dot)).get(defaults[i].doc.key.substr(dot + 1));
        BOOST_TEST((node.kind() != ConfigNode::Kind::kMissing), defaults[i].doc.key);
    }
}

BOOST_AUTO_TEST_CASE(the_reference_names_every_key_with_its_bounds) {
    const auto page = reference_page();
    for (const auto& shown : app_settings_table().show(AppSettings{}))
        BOOST_TEST(holds(page, "| `" + shown.doc.key + "` |"), shown.doc.key);
    BOOST_TEST(holds(page, "| `db.readers` | integer, 1..64 | `5` |"));
}

BOOST_AUTO_TEST_CASE(effective_values_tell_where_they_come_from) {
    const auto text = effective_text(*configuration_of("db:\n  readers: 7\n"));
    BOOST_TEST(holds(text, "db.readers: 7  # f.yaml:2\n"));
    BOOST_TEST(holds(text, "db.read_wait: 200ms  # default\n"));
}

BOOST_AUTO_TEST_CASE(secrets_of_plugins_are_not_shown) {
    auto configuration = configuration_of("# none\n");
    configuration->plugins["notify"] =
        Yaml("channels:\n  - kind: mail\n    smtp_password: hunter2\n    BotToken: [hunter2]\n").root;
    const auto text = effective_text(*configuration);
    BOOST_TEST(holds(text, "notify.channels[0].kind: mail  # f.yaml:2\n"));
    BOOST_TEST(holds(text, "notify.channels[0].smtp_password: (secret)\n"));
    BOOST_TEST(!holds(text, "hunter2"));
}

BOOST_AUTO_TEST_SUITE_END()
