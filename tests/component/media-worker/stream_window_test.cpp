#include <boost/test/unit_test.hpp>

#include <utility>

#include "fake_worker.h"
#include "stream_window.h"

using namespace gatehouse;
using namespace gatehouse::media_worker;
using namespace gatehouse::media_worker::test;
using std::chrono::seconds;

namespace {

constexpr std::int64_t kStepUs = 3 * 3'600'000'000;

struct Fixture {
    StreamScript script{.id = "c/main"};
    StreamWindow window;
    MonotonicTime monotonic{seconds(1'000)};
    off_t chunk_bytes = 0;            // more than the fragments need: what lies beside them
    std::uint32_t ticks = 90'000;     // of a fragment
    std::int64_t clock_ahead_us = 0;  // the gateway's clock against the time stamps of what comes

    Fixture() {
        window.begin_replay(77);
        BOOST_TEST(!window.run_begin(script.run_begin()));
        window.set_live(true);
    }
    Moment now() const { return {monotonic, UtcTime{script.clock_us + clock_ahead_us}}; }
    void feed(int fragments) {
        for (int i = 0; i < fragments; ++i) {
            if (const auto chunk = script.next_chunk_message()) {
                if (chunk_bytes > 0) BOOST_REQUIRE(::ftruncate(script.chunk->fd(), chunk_bytes) == 0);
                BOOST_REQUIRE(!window.chunk(*chunk, script.chunk->duplicate()));
            }
            mp::Fragment fragment = script.next_fragment();
            fragment.duration = ticks;
            const auto refusal = window.fragment(fragment, now());
            BOOST_REQUIRE_MESSAGE(!refusal, refusal.value_or(""));
            monotonic += seconds(1);
        }
    }
    const MediaWindow& shown() const {
        BOOST_REQUIRE(window.window());
        return *window.window();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(stream_window, Fixture)

BOOST_AUTO_TEST_CASE(the_first_segment_is_there_when_the_second_begins) {
    feed(2);
    BOOST_TEST(!window.window());
    feed(1);
    BOOST_TEST(shown().segments.size() == 1u);
    const auto& segment = shown().segments.front();
    BOOST_TEST(segment.body.to_string() == "fragment01fragment02");
    BOOST_TEST(segment.number == 1u);
    BOOST_TEST(segment.duration_us == 2'000'000);
    BOOST_TEST(shown().epoch == 77u);
    BOOST_TEST(shown().live);
    const auto* run = shown().run(segment.run_id);
    BOOST_REQUIRE(run != nullptr);
    BOOST_TEST(run->init.to_string() == "init 1");
    BOOST_TEST(run->codecs == "avc1.42C01F,mp4a.40.2");
    BOOST_TEST(run->target_duration_s == 2);
}

BOOST_AUTO_TEST_CASE(a_segment_is_there_with_the_last_fragment_of_its_gop_where_that_is_announced) {
    script.announce_ends = true;
    feed(1);
    BOOST_TEST(!window.window());
    feed(1);
    BOOST_TEST(shown().segments.size() == 1u);
    feed(2);
    BOOST_TEST(shown().segments.size() == 2u);
    BOOST_TEST(shown().segments[1].body.to_string() == "fragment03fragment04");
}

BOOST_AUTO_TEST_CASE(about_twenty_seconds_are_kept) {
    feed(61);
    BOOST_TEST(shown().segments.size() == 10u);
    BOOST_TEST(shown().segments.back().number == 59u);
    BOOST_TEST(shown().runs.size() == 1u);
    BOOST_TEST(shown().bandwidth_bps == 80);
}

BOOST_AUTO_TEST_CASE(a_camera_whose_clock_hardly_moves_takes_bounded_memory) {
    script.gop = script.chunk_fragments = 1;
    chunk_bytes = 16 << 20;
    ticks = 1;
    feed(41);
    BOOST_TEST(shown().segments.size() == 6u);
    BOOST_TEST(shown().segments.back().number == 40u);
}

BOOST_AUTO_TEST_CASE(the_newest_segment_stays_however_large_its_chunk_is) {
    script.gop = script.chunk_fragments = 1;
    chunk_bytes = 200 << 20;
    feed(5);
    BOOST_TEST(shown().segments.size() == 1u);
    BOOST_TEST(shown().segments.back().number == 4u);
}

BOOST_AUTO_TEST_CASE(twenty_seconds_of_twenty_megabits_a_second_are_kept) {
    chunk_bytes = 4 * 2'500'000;
    feed(61);
    BOOST_TEST(shown().segments.size() == 10u);
}

BOOST_AUTO_TEST_CASE(twenty_megabits_a_second_in_gops_of_ten_seconds_are_kept) {
    script.gop = script.chunk_fragments = 10;
    chunk_bytes = 10 * 2'500'000;
    feed(101);
    BOOST_TEST(shown().segments.size() == StreamWindow::kFewestSegments);
}

BOOST_AUTO_TEST_CASE(chunks_that_are_gone_leave_sooner_but_never_below_four_segments) {
    feed(41);
    for (std::uint64_t id = 1; id <= 12; ++id) window.chunk_gone(id);
    feed(2);
    BOOST_TEST(shown().segments.size() == 8u);
    script.gop = 20;
    script.in_gop = 0;
    feed(120);
    BOOST_TEST(shown().segments.size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_segment_lives_on_when_its_chunk_is_gone) {
    feed(3);
    const auto kept = window.window();
    window.chunk_gone(1);
    script.chunk.reset();
    BOOST_TEST(kept->segments.front().body.to_string() == "fragment01fragment02");
}

BOOST_AUTO_TEST_CASE(a_gop_that_outgrows_the_target_duration_begins_a_run_of_its_own) {
    feed(4);
    const auto first_run = shown().segments.back().run_id;
    script.gop = 5;
    feed(6);
    BOOST_TEST(shown().segments.back().run_id != first_run);
    BOOST_TEST(shown().run(shown().segments.back().run_id)->target_duration_s == 5);
    BOOST_TEST(shown().run(shown().segments.back().run_id)->init.to_string() == "init 1");
    BOOST_TEST(!shown().segments.back().gap_before);
}

BOOST_AUTO_TEST_CASE(a_stream_that_stops_gives_its_last_segment) {
    feed(4);
    BOOST_TEST(shown().segments.size() == 1u);
    window.set_live(false);
    BOOST_TEST(shown().segments.size() == 2u);
    BOOST_TEST(!shown().live);
}

BOOST_AUTO_TEST_CASE(fragments_that_are_missing_are_a_gap) {
    feed(3);
    script.next_number += 2;
    script.in_gop = 0;
    script.chunk.reset();
    feed(3);
    BOOST_TEST(shown().segments.size() == 3u);
    BOOST_TEST(!shown().segments[0].gap_before);
    BOOST_TEST(!shown().segments[1].gap_before);
    BOOST_TEST(shown().segments[2].gap_before);
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_away_for_a_minute_lets_its_memory_go) {
    feed(5);
    window.set_live(false);
    monotonic += seconds(30);
    window.tick(now());
    BOOST_TEST(window.window());
    monotonic += seconds(31);
    window.tick(now());
    BOOST_TEST(!window.window());
}

// What a gateway sees of the same worker before and after its own restart.
BOOST_AUTO_TEST_CASE(a_replay_gives_the_same_segments_the_same_names) {
    script.gop = 1;  // joined in pairs
    std::vector<std::pair<mp::Chunk, UniqueFd>> chunks;
    std::vector<mp::Fragment> fragments;
    for (int i = 0; i < 30; ++i) {
        if (const auto chunk = script.next_chunk_message()) {
            chunks.emplace_back(*chunk, script.chunk->duplicate());
            BOOST_REQUIRE(!window.chunk(*chunk, script.chunk->duplicate()));
        }
        fragments.push_back(script.next_fragment());
        BOOST_REQUIRE(!window.fragment(fragments.back(), now()));
    }
    StreamWindow restarted;
    restarted.begin_replay(77);
    BOOST_REQUIRE(!restarted.run_begin(script.run_begin()));
    restarted.set_live(true);
    for (std::size_t c = 2; c < chunks.size(); ++c) {  // the oldest chunks have left the window meanwhile
        BOOST_REQUIRE(!restarted.chunk(chunks[c].first, std::move(chunks[c].second)));
        for (const auto& fragment : fragments)
            if (fragment.chunk_id == chunks[c].first.chunk_id) BOOST_REQUIRE(!restarted.fragment(fragment, now()));
    }
    const auto& before = shown();
    const auto& after = *restarted.window();
    BOOST_REQUIRE(after.segments.size() >= 8u);
    const auto shift = before.segments.size() - after.segments.size();
    for (std::size_t i = 0; i < after.segments.size(); ++i) {
        BOOST_TEST(after.segments[i].number == before.segments[i + shift].number);
        BOOST_TEST(after.segments[i].run_id == before.segments[i + shift].run_id);
        BOOST_TEST(after.segments[i].body.to_string() == before.segments[i + shift].body.to_string());
    }
}

BOOST_AUTO_TEST_CASE(another_epoch_shows_the_old_window_until_it_has_a_segment) {
    feed(5);
    window.disconnected();
    BOOST_TEST(!shown().live);
    window.begin_replay(78);
    StreamScript fresh{.id = "c/main"};
    fresh.clock_us = script.clock_us;
    script = std::move(fresh);
    BOOST_REQUIRE(!window.run_begin(script.run_begin()));
    window.set_live(true);
    feed(2);
    BOOST_TEST(shown().epoch == 77u);
    BOOST_TEST(shown().segments.size() == 2u);
    feed(1);
    BOOST_TEST(shown().epoch == 78u);
    BOOST_TEST(shown().segments.size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_old_replay_is_shown_as_old) {
    clock_ahead_us = 100'000'000;
    feed(3);
    BOOST_TEST((monotonic - shown().changed_at >= seconds(100)));
}

BOOST_AUTO_TEST_CASE(what_came_before_an_outage_is_as_old_as_it_is) {
    feed(2);
    monotonic += seconds(50);
    script.clock_us += 50'000'000;
    feed(1);
    BOOST_TEST(shown().segments.size() == 1u);
    BOOST_TEST((monotonic - shown().changed_at >= seconds(50)));
}

BOOST_AUTO_TEST_CASE(a_clock_that_steps_forward_does_not_make_the_segment_old_that_was_pending) {
    for (const bool announced : {false, true}) {
        Fixture camera;
        camera.script.announce_ends = announced;
        camera.feed(5);
        camera.clock_ahead_us = kStepUs;  // in the middle of the sixth
        camera.feed(1);
        camera.script.clock_us += std::exchange(camera.clock_ahead_us, 0);
        camera.feed(announced ? 0 : 1);
        BOOST_TEST(camera.shown().segments.size() == 3u);
        BOOST_TEST((camera.monotonic - camera.shown().changed_at <= seconds(3)));
    }
}

BOOST_AUTO_TEST_CASE(a_clock_that_steps_forward_between_two_fragments_does_not_make_their_segment_old) {
    feed(5);
    script.clock_us += kStepUs;
    feed(2);
    BOOST_TEST(shown().segments.size() == 3u);
    BOOST_TEST((monotonic - shown().changed_at <= seconds(3)));
}

BOOST_AUTO_TEST_CASE(a_stream_that_stops_at_a_step_of_the_clock_is_not_forgotten_at_once) {
    feed(5);
    script.clock_us += kStepUs;
    window.set_live(false);
    window.tick(now());
    BOOST_TEST(shown().segments.size() == 3u);
    BOOST_TEST((monotonic - shown().changed_at <= seconds(3)));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(hostile_facts, Fixture)

BOOST_AUTO_TEST_CASE(a_chunk_must_be_a_memfd_that_cannot_shrink) {
    const TestChunk loose(false);
    BOOST_TEST(window.chunk({"c/main", 1}, loose.duplicate()).has_value());
    BOOST_TEST(window.chunk({"c/main", 1}, UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC))).has_value());
    BOOST_TEST(window.chunk({"c/main", 1}, UniqueFd()).has_value());
}

BOOST_AUTO_TEST_CASE(fragments_that_make_no_sense_are_refused_and_change_nothing) {
    feed(3);
    const auto before = window.window();
    const auto good = [&] {
        mp::Fragment f = script.next_fragment();
        return f;
    }();
    const auto refused = [&](auto change) {
        mp::Fragment f = good;
        change(f);
        return window.fragment(f, now()).has_value();
    };
    BOOST_TEST(refused([](mp::Fragment& f) { f.run_id = 99; }));
    BOOST_TEST(refused([](mp::Fragment& f) { f.chunk_id = 99; }));
    BOOST_TEST(refused([](mp::Fragment& f) { f.offset_bytes = 1'000; }));
    BOOST_TEST(refused([](mp::Fragment& f) { f.offset_bytes = UINT64_MAX - 2; }));
    BOOST_TEST(refused([](mp::Fragment& f) { f.size_bytes = UINT32_MAX; }));
    BOOST_TEST(refused([](mp::Fragment& f) { f.size_bytes = 0; }));
    BOOST_TEST(refused([](mp::Fragment& f) { f.duration = 0; }));
    BOOST_TEST(refused([](mp::Fragment& f) { f.duration = UINT32_MAX; }));
    BOOST_TEST(refused([](mp::Fragment& f) { f.number = 3; }));
    BOOST_TEST((window.window() == before));
    BOOST_TEST(!window.fragment(good, now()).has_value());
}

BOOST_AUTO_TEST_CASE(runs_that_make_no_sense_are_refused) {
    const auto refused = [&](auto change) {
        mp::RunBegin run = script.run_begin();
        change(run);
        return window.run_begin(run).has_value();
    };
    BOOST_TEST(refused([](mp::RunBegin& r) { r.timescale = 0; }));
    BOOST_TEST(refused([](mp::RunBegin& r) { r.timescale = UINT32_MAX; }));
    BOOST_TEST(refused([](mp::RunBegin& r) { r.init_section.clear(); }));
    BOOST_TEST(refused([](mp::RunBegin& r) { r.width = UINT32_MAX; }));
    BOOST_TEST(refused([](mp::RunBegin& r) { r.run_id = UINT64_MAX; }));
    BOOST_TEST(!refused([](mp::RunBegin&) {}));
}

BOOST_AUTO_TEST_CASE(a_flood_of_chunks_and_runs_takes_bounded_memory) {
    const auto open_files = [] {
        int count = 0;
        for (int fd = 0; fd < 4'096; ++fd) count += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
        return count;
    };
    const int before = open_files();
    for (std::uint64_t id = 1; id <= 500; ++id) {
        TestChunk chunk;
        BOOST_REQUIRE(!window.chunk({"c/main", id}, chunk.duplicate()));
        mp::RunBegin run = script.run_begin();
        run.run_id = id;
        BOOST_REQUIRE(!window.run_begin(run));
    }
    BOOST_TEST(open_files() - before <= static_cast<int>(StreamWindow::kMostChunks));
}

BOOST_AUTO_TEST_SUITE_END()
