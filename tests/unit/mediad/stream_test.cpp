#define BOOST_TEST_MODULE mediad_stream
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gatehouse/media_protocol/codec.h>

#include "causes.h"
#include "stream.h"

using namespace gatehouse::mediad;
namespace mp = gatehouse::media_protocol;

namespace {

/// A stream whose camera is in the test's hand.
struct Fixture {
    Outbox outbox;
    Breadcrumbs crumbs;
    std::shared_ptr<MediaSink> camera;
    ReceiverFactory factory = [this](const Source&, std::shared_ptr<MediaSink> sink) {
        camera = std::move(sink);
        return std::make_unique<Receiver>();
    };
    Stream::Clock::time_point now{std::chrono::hours(1)};
    std::shared_ptr<Stream> stream = std::make_shared<Stream>(wanted(), outbox, crumbs, factory, now);

    static mp::UpsertStream wanted() {
        mp::UpsertStream wanted;
        wanted.stream_id = "s";
        return wanted;
    }
    /// What was said last; everything that was said must fit into a packet.
    mp::StreamState last_state() {
        std::optional<mp::StreamState> last;
        for (const Outbox::Letter& letter : outbox.take()) {
            BOOST_CHECK_NO_THROW(mp::encode(letter.message));
            if (const auto* state = std::get_if<mp::StreamState>(&letter.message)) last = *state;
        }
        BOOST_REQUIRE(last.has_value());
        return *last;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(stream_of_a_camera, Fixture)

BOOST_AUTO_TEST_CASE(the_words_of_a_camera_are_told_as_text_whatever_bytes_they_are) {
    stream->tick(now);
    BOOST_REQUIRE(camera);
    std::string encoding = "L16\xFF";
    for (int i = 0; i < 300; ++i) encoding += "\xC3\xA9";
    camera->note("audio " + encoding);
    camera->failed({Cause::camera_error, "it answers 500 \xC3", false});
    stream->tick(now);
    const mp::StreamState state = last_state();
    BOOST_CHECK(state.cause == mp::Cause::camera_error);
    BOOST_TEST(state.cause_text == "it answers 500 \xEF\xBF\xBD");
    BOOST_TEST(state.note.starts_with("audio L16\xEF\xBF\xBD\xC3\xA9"));
    BOOST_TEST(state.note.ends_with("\xC3\xA9"));
    BOOST_TEST(state.note.size() == mp::kMaxTextBytes);
}

BOOST_AUTO_TEST_CASE(a_refused_login_is_tried_once_more_soon_and_then_after_a_minute_at_the_earliest) {
    using namespace std::chrono_literals;
    for (const std::string user : {"viewer", ""}) {
        mp::UpsertStream with_login = wanted();
        with_login.user = user;
        stream = std::make_shared<Stream>(with_login, outbox, crumbs, factory, now);
        std::vector<Stream::Clock::duration> waits;
        auto due = now;
        for (int i = 0; i < 3; ++i) {
            stream->tick(due);
            camera->failed(failure(Cause::wrong_credentials));
            waits.push_back(stream->tick(due) - due);
            due += waits.back();
        }
        BOOST_CHECK(waits[0] <= 1s);
        BOOST_CHECK(user.empty() ? waits[1] <= 1s : waits[1] >= 60s && waits[1] <= 120s);
        BOOST_CHECK(user.empty() ? waits[2] <= 1s : waits[2] >= 120s && waits[2] <= 240s);
    }
}

BOOST_AUTO_TEST_CASE(packets_that_make_no_picture_yet_are_a_sign_of_life) {
    stream->tick(now);
    camera->connected();
    const auto connected = Stream::Clock::now();
    while (Stream::Clock::now() <= connected) {
    }
    const auto packet = Stream::Clock::now();
    camera->video_packet();
    stream->tick(packet + Stream::kSilence);
    BOOST_CHECK(last_state().phase == mp::StreamPhase::connecting);
    stream->tick(Stream::Clock::now() + Stream::kSilence + std::chrono::milliseconds(1));
    BOOST_CHECK(last_state().cause == mp::Cause::no_pictures);
}

BOOST_AUTO_TEST_SUITE_END()
