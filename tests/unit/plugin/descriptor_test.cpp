#include <boost/test/unit_test.hpp>

#include <gatehouse/error.h>

#include "plugin/descriptor.h"

using namespace gatehouse;
using namespace gatehouse::plugin;

namespace {

const char* const kRoot[] = {"/", nullptr};
const PluginMigration kHoles[] = {{1, "a"}, {3, "b"}, {0, nullptr}};

Plugin* create() { return nullptr; }
void destroy(Plugin*) {}

PluginDescriptor good() {
    static const char* const routes[] = {"/x/", nullptr};
    static const PluginMigration steps[] = {{1, "CREATE TABLE x_a(b)"}, {2, "CREATE TABLE x_c(d)"}, {0, nullptr}};
    PluginInfo info{.name = "x",
                    .version = "1",
                    .summary = "s",
                    .table_prefix = "x_",
                    .route_prefixes = routes,
                    .migrations = steps};
    return make_descriptor(info, create, destroy);
}

template <class Change>
std::string refusal(Change change) {
    PluginDescriptor raw = good();
    change(raw);
    try {
        check_descriptor(raw, "x");
        return "";
    } catch (const Error& refused) {
        return refused.message();
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(descriptor)

BOOST_AUTO_TEST_CASE(a_good_descriptor_is_copied) {
    const auto copy = check_descriptor(good(), "x");
    BOOST_TEST(copy.table_prefix == "x_");
    BOOST_TEST(copy.route_prefixes.size() == 1u);
    BOOST_TEST(copy.migrations.size() == 2u);
}

BOOST_AUTO_TEST_CASE(another_abi_is_refused_with_both_versions) {
    BOOST_TEST(refusal([](auto& raw) { raw.abi_major = 2; }) == "it is built for plugin ABI 2.3, this host has 1.3");
    BOOST_TEST(refusal([](auto& raw) { raw.abi_minor = 9; }) == "it is built for plugin ABI 1.9, this host has 1.3");
    BOOST_TEST(refusal([](auto& raw) { raw.struct_size -= 8; }) ==
               "its descriptor is shorter than this ABI's; build it anew");
    BOOST_TEST(refusal([](auto& raw) { raw.struct_size += 64; }) == "");
    BOOST_TEST(refusal([](auto& raw) { raw.abi_signature = "itanium;libc++"; }).starts_with("its ABI signature is"));
    BOOST_TEST(refusal([](auto& raw) { raw.abi_signature = nullptr; }) == "its descriptor has no ABI signature");
}

BOOST_AUTO_TEST_CASE(names_prefixes_and_lists_are_checked) {
    BOOST_TEST(refusal([](auto& raw) { raw.name = "y"; }) == "it calls itself 'y', which is not its file's name");
    BOOST_TEST(refusal([](auto& raw) { raw.version = ""; }) == "its descriptor has no version");
    for (const char* prefix : {"x", "X_", "core_x_", "v_", "sqlite_", "_", "1_"})
        BOOST_TEST(refusal([&](auto& raw) { raw.table_prefix = prefix; }) != "", prefix);
    BOOST_TEST(refusal([](auto& raw) { raw.route_prefixes = kRoot; }) != "");
    BOOST_TEST(refusal([](auto& raw) { raw.migrations = kHoles; }) ==
               "its migrations must be numbered from 1 without holes");
    BOOST_TEST(refusal([](auto& raw) { raw.table_prefix = nullptr; }) == "it has migrations but no table prefix");
    BOOST_TEST(refusal([](auto& raw) { raw.create = nullptr; }) == "its descriptor lacks create or destroy");
}

BOOST_AUTO_TEST_SUITE_END()
