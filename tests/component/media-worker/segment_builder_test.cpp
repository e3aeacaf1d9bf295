#include <boost/test/unit_test.hpp>

#include "segment_builder.h"

using namespace gatehouse::media_worker;

namespace {

struct Fixture {
    SegmentBuilder builder;
    std::uint64_t number = 0, offset = 0;

    std::optional<BuiltSegment> add(bool keyframe, std::int64_t duration_ms = 1'000, std::uint64_t chunk = 1,
                                    std::uint64_t run = 1) {
        FragmentFact fact{run, chunk, offset, 100, ++number, duration_ms * 1'000, 0, keyframe, false};
        offset += 100;
        const auto done = builder.add(fact);
        return done.empty() ? std::nullopt : std::optional(done.front());
    }
    std::vector<BuiltSegment> add_last_of_gop(bool keyframe, std::int64_t duration_ms = 1'000) {
        FragmentFact fact{1, 1, offset, 100, ++number, duration_ms * 1'000, 0, keyframe, true};
        offset += 100;
        return builder.add(fact);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(segment_builder, Fixture)

BOOST_AUTO_TEST_CASE(a_segment_goes_from_keyframe_to_keyframe) {
    BOOST_TEST(!add(true));
    BOOST_TEST(!add(false));
    const auto segment = add(true);
    BOOST_REQUIRE(segment.has_value());
    BOOST_TEST(segment->number == 1u);
    BOOST_TEST(segment->last_number == 2u);
    BOOST_TEST(segment->size_bytes == 200u);
    BOOST_TEST(segment->duration_us == 2'000'000);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_gop_that_is_announced_needs_no_waiting) {
    BOOST_TEST(!add(true));
    const auto done = add_last_of_gop(false);
    BOOST_REQUIRE(done.size() == 1u);
    BOOST_TEST(done[0].duration_us == 2'000'000);
    BOOST_TEST(!add(true));
    BOOST_TEST(builder.pending()->number == 3u);
}

BOOST_AUTO_TEST_CASE(an_announced_end_of_a_short_gop_is_joined_all_the_same) {
    for (int i = 0; i < 3; ++i) BOOST_TEST(add_last_of_gop(true, 500).empty());
    BOOST_TEST(add_last_of_gop(true, 500).size() == 1u);
}

BOOST_AUTO_TEST_CASE(one_fragment_can_complete_two_segments) {
    add(true);
    number += 1;
    BOOST_TEST(add_last_of_gop(true, 3'000).size() == 2u);
}

BOOST_AUTO_TEST_CASE(short_gops_are_joined_up_to_about_two_seconds) {
    for (int i = 0; i < 4; ++i) BOOST_TEST(!add(true, 500));
    BOOST_TEST(add(true, 500)->duration_us == 2'000'000);
    BOOST_TEST(!add(true, 900));
    BOOST_TEST(!add(true, 400));
    BOOST_TEST(add(true, 900)->duration_us == 1'800'000);
}

BOOST_AUTO_TEST_CASE(joining_begins_anew_at_every_chunk) {
    BOOST_TEST(!add(true, 1'000));
    offset = 0;
    const auto segment = add(true, 1'000, 2);
    BOOST_REQUIRE(segment.has_value());
    BOOST_TEST(segment->duration_us == 1'000'000);
}

BOOST_AUTO_TEST_CASE(what_comes_before_the_first_keyframe_is_left_out) {
    BOOST_TEST(!add(false));
    BOOST_TEST(!builder.pending().has_value());
    BOOST_TEST(!add(true));
    BOOST_TEST(builder.finish()->number == 2u);
    BOOST_TEST(!builder.finish().has_value());
}

BOOST_AUTO_TEST_CASE(a_missing_fragment_ends_the_segment_and_the_rest_of_its_gop_is_left_out) {
    add(true);
    ++number;
    const auto segment = add(false);
    BOOST_REQUIRE(segment.has_value());
    BOOST_TEST(segment->last_number == 1u);
    BOOST_TEST(!add(false));
    BOOST_TEST(!add(true));
    BOOST_TEST(builder.pending()->number == 5u);
}

BOOST_AUTO_TEST_CASE(a_hole_in_the_chunk_ends_the_segment) {
    add(true);
    offset += 1;
    BOOST_TEST(add(false)->size_bytes == 100u);
}

BOOST_AUTO_TEST_CASE(a_new_run_ends_the_segment) {
    add(true);
    const auto segment = add(true, 1'000, 1, 2);
    BOOST_REQUIRE(segment.has_value());
    BOOST_TEST(segment->run_id == 1u);
    BOOST_TEST(builder.pending()->run_id == 2u);
}

BOOST_AUTO_TEST_CASE(a_camera_without_keyframes_makes_no_endless_segment) {
    std::optional<BuiltSegment> segment = add(true);
    for (int i = 0; i < 300 && !segment; ++i) segment = add(false);
    BOOST_REQUIRE(segment.has_value());
    BOOST_TEST(segment->duration_us <= SegmentBuilder::kLongestUs);
    BOOST_TEST(!builder.pending().has_value());
}

BOOST_AUTO_TEST_SUITE_END()
