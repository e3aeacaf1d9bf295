#include <boost/test/unit_test.hpp>

#include <deque>
#include <map>
#include <random>
#include <span>

#include "sequence_map.h"

using namespace gatehouse;
using namespace gatehouse::hls;

namespace {

constexpr UtcTime kNow{1'767'225'600'000'000};  // 2026-01-01T00:00:00Z

std::vector<EngineSegment> segments_of(std::uint64_t first, std::size_t count, std::uint64_t run = 1) {
    std::vector<EngineSegment> out;
    for (std::uint64_t n = first; n < first + count; ++n)
        out.push_back({n, run, false, static_cast<std::int64_t>(n) * 2'000'000, 2'000'000});
    return out;
}

std::vector<EngineSegment> made_later(std::vector<EngineSegment> segments, std::int64_t by_us) {
    for (auto& segment : segments) segment.start_us += by_us;
    return segments;
}

using Numbers = std::vector<std::optional<SequenceNumbers>>;

}  // namespace

BOOST_AUTO_TEST_SUITE(sequence_map)

BOOST_AUTO_TEST_CASE(a_stream_without_memory_begins_with_the_seconds_since_2024) {
    auto state = fresh_sequence(kNow);
    BOOST_TEST(state.next_media_sequence == 731u * 86'400u);
    const auto numbers = number_segments(state, 9, segments_of(40, 3));
    BOOST_TEST(numbers[0]->media_sequence == 731u * 86'400u);
    BOOST_TEST(numbers[2]->media_sequence == 731u * 86'400u + 2);
    BOOST_TEST(numbers[0]->discontinuity == numbers[2]->discontinuity);
    BOOST_TEST(fresh_sequence(UtcTime{0}).next_media_sequence == 0u);
}

BOOST_AUTO_TEST_CASE(a_restarted_gateway_gives_the_same_segments_the_same_numbers) {
    auto state = fresh_sequence(kNow);
    const auto before = number_segments(state, 9, segments_of(1, 10));
    auto reloaded = state;  // what the file kept
    const auto after = number_segments(reloaded, 9, segments_of(5, 8));
    for (std::size_t i = 0; i < 6; ++i) BOOST_TEST((after[i] == before[i + 4]));
    BOOST_TEST(after[6]->media_sequence == before[9]->media_sequence + 1);
    BOOST_TEST(after[6]->discontinuity == before[9]->discontinuity);
}

BOOST_AUTO_TEST_CASE(a_new_epoch_goes_on_above_with_a_discontinuity) {
    auto state = fresh_sequence(kNow);
    const auto before = number_segments(state, 9, segments_of(100, 4));
    const auto after = number_segments(state, 10, segments_of(1, 3));
    BOOST_TEST(after[0]->media_sequence == before[3]->media_sequence + 1);
    BOOST_TEST(after[0]->discontinuity == before[3]->discontinuity + 1);
    BOOST_TEST(after[2]->discontinuity == before[3]->discontinuity + 1);
}

BOOST_AUTO_TEST_CASE(an_empty_window_of_a_new_epoch_changes_nothing) {
    auto state = fresh_sequence(kNow);
    const auto before = number_segments(state, 9, segments_of(1, 4));
    BOOST_TEST(number_segments(state, 10, {}).empty());
    BOOST_TEST((number_segments(state, 9, segments_of(1, 4)) == before));
}

BOOST_AUTO_TEST_CASE(runs_and_gaps_and_missing_time_are_discontinuities) {
    auto state = fresh_sequence(kNow);
    auto segments = segments_of(1, 8);
    for (std::size_t i = 2; i < 8; ++i) segments[i].run_id = 2;
    segments[4].gap_before = true;
    for (std::size_t i = 6; i < 8; ++i) segments[i].start_us += 6'000'000;
    const auto numbers = number_segments(state, 9, segments);
    const std::uint64_t base = numbers[0]->discontinuity;
    const std::uint64_t expected[] = {0, 0, 1, 1, 2, 2, 3, 3};
    for (std::size_t i = 0; i < 8; ++i) BOOST_TEST(numbers[i]->discontinuity == base + expected[i]);
}

BOOST_AUTO_TEST_CASE(segments_older_than_the_memory_get_no_number) {
    auto state = fresh_sequence(kNow);
    number_segments(state, 9, segments_of(1, 100));
    const auto again = number_segments(state, 9, segments_of(60, 41));
    BOOST_TEST(!again[0].has_value());
    BOOST_TEST(again[40].has_value());
    BOOST_TEST(state.count == SequenceState::kRemembered);
}

BOOST_AUTO_TEST_CASE(numbers_that_begin_again_within_an_epoch_name_new_segments) {
    for (const std::uint64_t old_first : {1'000u, 1u}) {  // forgotten long since, and still remembered
        auto state = fresh_sequence(kNow);
        const auto before = number_segments(state, 9, segments_of(old_first, 4));
        const auto later = made_later(segments_of(1, 5), 10'000'000'000);
        const auto after = number_segments(state, 9, std::span(later).first(2));
        BOOST_REQUIRE(after[0].has_value());
        BOOST_TEST(after[0]->media_sequence == before[3]->media_sequence + 1);
        BOOST_TEST(after[0]->discontinuity == before[3]->discontinuity + 1);
        const auto grown = number_segments(state, 9, later);
        BOOST_TEST((grown[0] == after[0]));
        BOOST_TEST((grown[1] == after[1]));
        BOOST_TEST(grown[4]->media_sequence == before[3]->media_sequence + 5);
        BOOST_TEST(grown[4]->discontinuity == after[0]->discontinuity);
    }
}

// A gateway that was restarted sees the worker's window grow, from below what it remembers.
BOOST_AUTO_TEST_CASE(a_replay_that_grows_from_below_the_memory_gives_no_new_numbers) {
    auto state = fresh_sequence(kNow);
    const auto all = segments_of(60, 41);
    const auto before = number_segments(state, 9, all);
    const auto next = state.next_media_sequence;
    for (std::size_t count = 1; count <= all.size(); ++count) {
        const auto after = number_segments(state, 9, std::span(all).first(count));
        BOOST_REQUIRE(state.next_media_sequence == next);
        const bool remembered = count > all.size() - SequenceState::kRemembered;
        BOOST_REQUIRE((after.back() == (remembered ? before[count - 1] : std::nullopt)));
    }
}

// Whatever cameras, engines and gateways do: numbers rise by one over new segments, and a segment keeps its numbers.
BOOST_AUTO_TEST_CASE(numbers_never_go_back_and_never_name_two_segments) {
    for (unsigned seed = 1; seed <= 200; ++seed) {
        std::mt19937 random(seed);
        auto state = fresh_sequence(kNow);
        std::uint64_t epoch = 1, run = 1, next = 1;
        std::deque<EngineSegment> window;
        std::map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> owner;  // msn -> (epoch, number)
        std::map<std::pair<std::uint64_t, std::uint64_t>, SequenceNumbers> given;
        std::uint64_t highest = 0;
        std::int64_t clock = 0;
        for (int step = 0; step < 300; ++step) {
            switch (random() % 12) {
                case 0:
                    ++epoch;
                    next = 1;
                    window.clear();
                    break;  // the engine restarts
                case 1:
                    ++run;
                    break;
                case 2:
                    state = SequenceState(state);
                    break;  // the gateway restarts: state from the file
                case 3:
                    next += random() % 5;
                    break;  // lost segments
                case 4:
                    while (window.size() > 4) window.pop_front();
                    break;
                default:
                    break;
            }
            for (auto count = random() % 4; count > 0; --count) {
                window.push_back({next, run, random() % 9 == 0, clock, 2'000'000});
                next += 1 + random() % 3;
                clock += 2'000'000;
            }
            while (window.size() > 20) window.pop_front();
            const std::vector<EngineSegment> now(window.begin(), window.end());
            const Numbers numbers = number_segments(state, epoch, now);
            std::optional<SequenceNumbers> before;
            for (std::size_t i = 0; i < now.size(); ++i) {
                BOOST_REQUIRE(numbers[i].has_value());
                const auto id = std::pair(epoch, now[i].number);
                const auto [known, fresh] = given.emplace(id, *numbers[i]);
                BOOST_REQUIRE((known->second == *numbers[i]));
                if (fresh) {
                    BOOST_REQUIRE(owner.emplace(numbers[i]->media_sequence, id).second);
                    BOOST_REQUIRE((highest == 0 || numbers[i]->media_sequence == highest + 1));
                    highest = numbers[i]->media_sequence;
                }
                if (before) {
                    BOOST_REQUIRE(numbers[i]->media_sequence == before->media_sequence + 1);
                    BOOST_REQUIRE(numbers[i]->discontinuity >= before->discontinuity);
                    BOOST_REQUIRE(numbers[i]->discontinuity <= before->discontinuity + 1);
                }
                before = numbers[i];
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
