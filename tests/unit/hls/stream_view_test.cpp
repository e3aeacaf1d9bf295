#include <boost/test/unit_test.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <gatehouse/testing/fake_engine.h>

#include "stream_view.h"

using namespace gatehouse;
using namespace gatehouse::hls;
using gatehouse::testing::make_window;
using gatehouse::testing::WindowRecipe;

namespace {

constexpr UtcTime kNow{1'767'225'600'000'000};
const MonotonicTime kMoment{std::chrono::hours(1)};

// Takes no memory: nothing is written to it.
std::shared_ptr<const http::SharedFile> file_of(off_t bytes) {
    const int fd = ::memfd_create("test", MFD_CLOEXEC);
    BOOST_REQUIRE(::ftruncate(fd, bytes) == 0);
    return std::make_shared<const http::SharedFile>(fd);
}

// Each segment in a file of its own.
MediaWindow window_in_files(const WindowRecipe& recipe, off_t bytes) {
    MediaWindow window = make_window(recipe);
    for (auto& segment : window.segments) segment.body = http::Body::file(file_of(bytes), 0, 10);
    return window;
}

struct Fixture {
    StreamView view{StreamRole::kMain, ViewOptions{}};
    SequenceState state = fresh_sequence(kNow);

    std::shared_ptr<const PublishedStream> show(WindowRecipe recipe, MonotonicTime now = kMoment) {
        recipe.changed_at = kMoment;
        view.take(make_window(recipe), state);
        return view.publish(true, now);
    }
    static std::string text(const PublishedStream& stream) { return stream.playlist->body().to_string(); }
    static std::size_t count(const std::string& text, const std::string& word) {
        std::size_t found = 0;
        for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
        return found;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(stream_view, Fixture)

BOOST_AUTO_TEST_CASE(the_playlist_shows_the_newest_and_the_files_of_the_whole_window_are_there) {
    const auto stream = show({.count = 10});
    BOOST_REQUIRE(stream);
    BOOST_TEST(count(text(*stream), "#EXTINF") == 7u);
    BOOST_TEST(stream->segments.size() == 10u);
    const auto* first = stream->segment(stream->first_media_sequence);
    BOOST_REQUIRE(first != nullptr);
    BOOST_TEST(first->entity->body().to_string() == "segment 1");
    BOOST_TEST(first->entity->options().content_type == "video/mp4");
    BOOST_TEST(first->entity->options().accept_ranges);
    BOOST_TEST(stream->segment(stream->first_media_sequence - 1) == nullptr);
    BOOST_TEST(stream->segment(stream->first_media_sequence + 10) == nullptr);
}

BOOST_AUTO_TEST_CASE(transport_stream_segments_are_named_and_typed_as_such) {
    const auto stream = show({.count = 3, .container = MediaContainer::kMpegTs});
    BOOST_REQUIRE(stream);
    BOOST_TEST(count(text(*stream), ".ts\n") == 3u);
    BOOST_TEST(count(text(*stream), "EXT-X-MAP") == 0u);
    const auto* first = stream->segment(stream->first_media_sequence);
    BOOST_TEST((first->container == MediaContainer::kMpegTs));
    BOOST_TEST(first->entity->options().content_type == "video/mp2t");
}

BOOST_AUTO_TEST_CASE(a_playlist_never_mixes_containers) {
    show({.count = 5});
    const auto after = show({.epoch = 2, .run_id = 9, .first = 1, .count = 2, .container = MediaContainer::kMpegTs});
    BOOST_TEST(count(text(*after), "#EXTINF") == 2u);
    BOOST_TEST(count(text(*after), "EXT-X-MAP") == 0u);
}

BOOST_AUTO_TEST_CASE(what_was_cleared_is_not_shown_and_the_numbers_go_on) {
    const auto before = show({.count = 5});
    view.clear();
    BOOST_TEST(!view.publish(true, kMoment));
    const auto after = show({.first = 30, .count = 2});
    BOOST_TEST(after->segments.size() == 2u);
    BOOST_TEST(after->first_media_sequence == before->first_media_sequence + 5);
}

BOOST_AUTO_TEST_CASE(an_entity_is_made_once_and_shared_by_later_windows) {
    const auto before = show({.count = 7});
    const auto after = show({.first = 2, .count = 7});
    const auto msn = before->first_media_sequence + 3;
    BOOST_TEST(before->segment(msn)->entity == after->segment(msn)->entity);
    BOOST_TEST(before->inits.front().second.entity == after->inits.front().second.entity);
}

BOOST_AUTO_TEST_CASE(what_left_the_engines_window_is_served_while_it_is_in_the_playlist) {
    const auto before = show({.first = 1, .count = 7});
    // Right after the seven.
    const std::int64_t start_us = WindowRecipe{}.start_us - 42 * 2'000'000;
    const auto after = show({.epoch = 2, .run_id = 9, .first = 50, .count = 1, .start_us = start_us});
    BOOST_TEST(count(text(*after), "#EXTINF") == 7u);
    BOOST_TEST(count(text(*after), "#EXT-X-DISCONTINUITY\n") == 1u);
    BOOST_TEST(count(text(*after), "#EXT-X-MAP") == 2u);
    BOOST_TEST(after->inits.size() == 2u);
    BOOST_TEST(after->segment(before->first_media_sequence + 1)->entity->body().to_string() == "segment 2");
    BOOST_TEST(after->segment(before->first_media_sequence) == nullptr);
    const auto later = show({.epoch = 2, .run_id = 9, .first = 50, .count = 8, .start_us = start_us});
    BOOST_TEST(later->inits.size() == 1u);
    BOOST_TEST(count(text(*later), "#EXT-X-DISCONTINUITY\n") == 0u);
}

BOOST_AUTO_TEST_CASE(where_an_engine_counts_anew_only_the_new_pictures_are_shown_and_our_numbers_go_on) {
    const auto before = show({.first = 1'000, .count = 7});
    const auto after = show({.first = 1, .count = 2, .start_us = WindowRecipe{}.start_us + 3'000'000'000});
    BOOST_REQUIRE(after);
    BOOST_TEST(count(text(*after), "#EXTINF") == 2u);
    BOOST_TEST(after->segments.size() == 2u);
    BOOST_TEST(after->first_media_sequence == before->first_media_sequence + 7);
    BOOST_TEST(after->segments.front().entity->body().to_string() == "segment 1");
}

BOOST_AUTO_TEST_CASE(segments_that_hardly_last_are_bounded_in_number) {
    const auto before = show({.count = 300, .duration_us = 1'000});
    BOOST_TEST(before->segments.size() == StreamView::kMostSegments);
    BOOST_TEST(before->segments.back().number == 300u);
    const auto after = show({.first = 101, .count = 300, .duration_us = 1'000});
    BOOST_TEST(after->segments.size() == StreamView::kMostSegments);
    BOOST_TEST(after->segments.back().number == 400u);
    BOOST_TEST(after->first_media_sequence == before->first_media_sequence + 100);
}

BOOST_AUTO_TEST_CASE(files_are_held_up_to_a_bound_and_the_newest_segment_stays) {
    const std::int64_t short_us = 1'000;
    view.take(window_in_files({.count = 20, .duration_us = short_us, .changed_at = kMoment}, 40 << 20), state);
    const auto before = view.publish(true, kMoment);
    BOOST_TEST(before->segments.size() == 2u);
    BOOST_TEST(before->segments.back().number == 20u);
    view.take(window_in_files({.first = 21, .count = 1, .duration_us = short_us, .changed_at = kMoment}, 200 << 20),
              state);
    const auto after = view.publish(true, kMoment);
    BOOST_TEST(after->segments.size() == 1u);
    BOOST_TEST(after->segments.back().number == 21u);
}

BOOST_AUTO_TEST_CASE(a_file_that_segments_share_counts_once) {
    MediaWindow window = make_window({.count = 10, .changed_at = kMoment});
    const auto file = file_of(40 << 20);
    for (std::size_t i = 0; i < window.segments.size(); ++i)
        window.segments[i].body = http::Body::file(file, i * 10, 10);
    view.take(window, state);
    BOOST_TEST(view.publish(true, kMoment)->segments.size() == 10u);
}

BOOST_AUTO_TEST_CASE(a_window_is_served_for_thirty_seconds_after_the_next_segment_was_due) {
    const auto stream = show({});
    BOOST_TEST((stream->shown_until == kMoment + std::chrono::seconds(32)));
    BOOST_TEST(view.publish(true, kMoment + std::chrono::seconds(32)) != nullptr);
    BOOST_TEST(view.publish(true, kMoment + std::chrono::seconds(33)) == nullptr);
}

BOOST_AUTO_TEST_CASE(after_a_long_outage_only_the_new_pictures_are_shown) {
    const auto before = show({.count = 7});
    BOOST_TEST(view.publish(true, kMoment + std::chrono::seconds(60)) == nullptr);
    auto window = make_window({.first = 1, .count = 8, .changed_at = kMoment + std::chrono::seconds(70)});
    window.segments.back().start = window.segments.back().start + std::chrono::seconds(60);
    window.segments.back().run_id = 2;
    view.take(window, state);
    const auto after = view.publish(true, kMoment + std::chrono::seconds(71));
    BOOST_REQUIRE(after);
    BOOST_TEST(count(text(*after), "#EXTINF") == 1u);
    const auto msn = before->first_media_sequence + 7;
    BOOST_TEST(text(*after).find("#EXT-X-MEDIA-SEQUENCE:" + std::to_string(msn)) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(restricted_media_is_kept_out_of_shared_caches) {
    BOOST_TEST(show({})->segments.front().entity->options().cache_control == "public, max-age=3600, immutable");
    const auto restricted = view.publish(false, kMoment);
    BOOST_TEST(restricted->segments.front().entity->options().cache_control == "private, max-age=3600, immutable");
    BOOST_TEST(restricted->inits.front().second.entity->options().cache_control == "private, max-age=3600, immutable");
}

BOOST_AUTO_TEST_CASE(an_unchanged_window_changes_neither_numbers_nor_etag) {
    const auto first = show({});
    BOOST_TEST(!view.take(make_window({.changed_at = kMoment}), state));
    BOOST_TEST(view.publish(true, kMoment)->playlist->options().etag == first->playlist->options().etag);
}

BOOST_AUTO_TEST_CASE(files_without_bytes_are_named_for_the_engine) {
    const auto stream = show({.run_id = 5, .first = 40, .count = 3, .with_bodies = false});
    BOOST_TEST(stream->segments[1].entity == nullptr);
    BOOST_TEST(stream->segments[1].number == 41u);
    BOOST_TEST(stream->segments[1].run_id == 5u);
    BOOST_TEST(stream->inits.front().second.entity == nullptr);
    BOOST_TEST(stream->inits.front().second.number == 0u);
}

BOOST_AUTO_TEST_CASE(names_of_runs_differ_over_epochs) {
    BOOST_TEST(public_run_id(1, 7) != public_run_id(2, 7));
    BOOST_TEST(public_run_id(1, 7) != public_run_id(1, 8));
    BOOST_TEST(public_run_id(1, 7, "init") != public_run_id(1, 7, "tini"));
    BOOST_TEST(public_run_id(1, 7, "init") == public_run_id(1, 7, "init"));
}

BOOST_AUTO_TEST_SUITE_END()
