#include <boost/test/unit_test.hpp>

#include <string>

#include "hls/muxer_window.h"

using namespace gatehouse;
using namespace gatehouse::mediamtx;

namespace {

ListedSegment listed(std::uint64_t sequence, const std::string& map = "p_init.mp4") {
    return {sequence, "p_seg" + std::to_string(sequence) + ".mp4", map, 2'000'000, std::nullopt, false};
}

MuxerWindow with_segments(std::uint64_t first, std::uint64_t count) {
    MuxerWindow muxer("cam", "p_seg", 0);
    muxer.add_run({MuxerWindow::run_id("p_init.mp4"), http::Body::text("init"), "avc1", 1, 1, 2, {}});
    for (std::uint64_t i = first; i < first + count; ++i)
        muxer.add_segment(listed(i), UtcTime{}, http::Body::text(std::string(1'000, 'x')));
    return muxer;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(muxer_window)

BOOST_AUTO_TEST_CASE(the_stem_names_the_muxer) {
    BOOST_TEST(stem_of("0a64c6497b1d_video1_seg23.mp4") == "0a64c6497b1d_video1_seg");
    BOOST_TEST(stem_of("cd41e5f9aa3e_main_seg0.ts") == "cd41e5f9aa3e_main_seg");
    BOOST_TEST(stem_of("123") == "");
    BOOST_TEST(stem_of("") == "");
}

BOOST_AUTO_TEST_CASE(the_same_bytes_have_the_same_names_in_every_life_of_the_gateway) {
    const auto one = with_segments(5, 3).window({}, true), two = with_segments(6, 3).window({}, true);
    BOOST_TEST(one->epoch == two->epoch);
    BOOST_TEST(one->segments[1].number == two->segments[0].number);
    BOOST_TEST(one->runs[0]->id == two->runs[0]->id);
    BOOST_TEST(one->epoch != MuxerWindow("cam", "q_seg", 0).window({}, true)->epoch);
    BOOST_TEST(one->epoch != MuxerWindow("other", "p_seg", 0).window({}, true)->epoch);
    BOOST_TEST(one->epoch != MuxerWindow("cam", "p_seg", 1).window({}, true)->epoch);
}

BOOST_AUTO_TEST_CASE(a_missing_segment_is_a_gap) {
    auto muxer = with_segments(0, 2);
    muxer.skip(2);
    BOOST_TEST(*muxer.last_sequence() == 2u);
    muxer.add_segment(listed(3), UtcTime{}, http::Body::text("x"));
    muxer.add_segment(listed(4), UtcTime{}, http::Body::text("x"));
    const auto window = muxer.window({}, true);
    BOOST_TEST(!window->segments[0].gap_before);
    BOOST_TEST(!window->segments[1].gap_before);
    BOOST_TEST(window->segments[2].gap_before);
    BOOST_TEST(!window->segments[3].gap_before);
    BOOST_TEST(window->bandwidth_bps == 4'000);
}

BOOST_AUTO_TEST_CASE(memory_is_bounded_by_the_list_and_by_bytes) {
    auto muxer = with_segments(0, 10);
    muxer.trim(4, 1 << 20);
    BOOST_TEST(muxer.window({}, true)->segments.size() == 6u);
    muxer.trim(4, 2'500);
    BOOST_TEST(muxer.window({}, true)->segments.size() == 2u);
    muxer.trim(100, 0);
    BOOST_TEST(muxer.window({}, true)->segments.size() == 1u);
}

BOOST_AUTO_TEST_CASE(segments_without_a_stamp_lie_beside_those_that_have_one) {
    std::vector<ListedSegment> segments{listed(0), listed(1), listed(2), listed(3)};
    segments[2].start = UtcTime{100'000'000};
    auto starts = starts_of(segments, UtcTime{999});
    BOOST_TEST(starts[0].us == 96'000'000);
    BOOST_TEST(starts[1].us == 98'000'000);
    BOOST_TEST(starts[3].us == 102'000'000);
    segments[2].start.reset();
    starts = starts_of(segments, UtcTime{100'000'000});
    BOOST_TEST(starts[3].us == 98'000'000);
    BOOST_TEST(starts[0].us == 92'000'000);
    BOOST_TEST(starts_of({}, {}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
