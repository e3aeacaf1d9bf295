#define BOOST_TEST_MODULE mediad_stream
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gatehouse/media_protocol/codec.h>

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

BOOST_AUTO_TEST_SUITE_END()
