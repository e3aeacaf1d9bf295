#include <boost/test/unit_test.hpp>

#include "path_plan.h"

using namespace gatehouse;
using namespace gatehouse::mediamtx;

namespace {

const std::string kA = "gh-0123456789abcdef0123456789abcdef-main", kB = "gh-0123456789abcdef0123456789abcdef-sub";

DesiredPath wanted(const std::string& source) {
    DesiredPath path;
    path.config = {source, false, "tcp"};
    return path;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(path_plan)

BOOST_AUTO_TEST_CASE(equal_states_need_nothing) {
    BOOST_TEST(plan({{kA, wanted("rtsp://h/a")}}, {{kA, {{"rtsp://h/a", false, "tcp"}}}}, "gh-").empty());
}

BOOST_AUTO_TEST_CASE(missing_and_changed_paths_are_replaced_and_stale_ones_of_ours_removed) {
    const auto difference = plan({{kA, wanted("rtsp://h/a")}}, {{kB, {{"rtsp://h/b", false, "tcp"}}}}, "gh-");
    BOOST_TEST(difference.replace == std::vector<std::string>{kA});
    BOOST_TEST(difference.remove == std::vector<std::string>{kB});
    for (const PathConfig& other : {PathConfig{"rtsp://h/x", false, "tcp"}, PathConfig{"rtsp://h/a", true, "tcp"},
                                    PathConfig{"rtsp://h/a", false, "udp"}})
        BOOST_TEST(plan({{kA, wanted("rtsp://h/a")}}, {{kA, {other, 1}}}, "gh-").replace ==
                   std::vector<std::string>{kA});
}

BOOST_AUTO_TEST_CASE(other_peoples_paths_are_never_removed) {
    const auto difference =
        plan({}, {{"cam1", {}}, {"all_others", {}}, {"~^x", {}}, {"gh-mine", {}}, {"gh-", {}}}, "gh-");
    BOOST_TEST(difference.empty());
    BOOST_TEST(difference.foreign == 5u);
}

BOOST_AUTO_TEST_CASE(a_difference_is_told_in_words) {
    BOOST_TEST(describe(PathPlan{{"a"}, {"b", "c"}, 0, {"authMethod", "rtmp"}}) ==
               "1 path missing or changed, 2 paths too many, changed settings: authMethod, rtmp");
}

BOOST_AUTO_TEST_SUITE_END()
