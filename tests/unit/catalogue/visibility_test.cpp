#include <boost/test/unit_test.hpp>

#include "accounts/anonymous_accounts.h"

using namespace gatehouse;

BOOST_AUTO_TEST_SUITE(visibility)

BOOST_AUTO_TEST_CASE(anonymous_callers_see_enabled_public_cameras_only) {
    const accounts::AnonymousAccounts people;
    const Caller anonymous, admin{Caller::Kind::kAdminSocket, "uid 0 (root)"};
    for (const bool enabled : {true, false})
        for (const auto visibility : {Visibility::kPublic, Visibility::kMembers, Visibility::kArea}) {
            Camera camera;
            camera.enabled = enabled;
            camera.visibility = visibility;
            BOOST_TEST(people.may_view(anonymous, camera) == (enabled && visibility == Visibility::kPublic));
            BOOST_TEST(people.may_view(admin, camera));
        }
}

BOOST_AUTO_TEST_CASE(a_new_camera_is_hidden_until_somebody_says_otherwise) {
    BOOST_TEST(!accounts::AnonymousAccounts().may_view({}, Camera{}));
}

BOOST_AUTO_TEST_CASE(only_the_anonymous_view_may_be_shared) {
    const accounts::AnonymousAccounts people;
    BOOST_TEST(people.sees_public_view({}));
    BOOST_TEST(!people.sees_public_view({Caller::Kind::kAdminSocket, "uid 0 (root)"}));
}

BOOST_AUTO_TEST_SUITE_END()
