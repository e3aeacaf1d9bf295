#define BOOST_TEST_MODULE media_protocol
#include <sys/mman.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <gatehouse/media_protocol/channel.h>
#include <gatehouse/media_protocol/codec.h>
#include <gatehouse/media_protocol/socket.h>
#include <gatehouse/media_protocol/text.h>

namespace mp = gatehouse::media_protocol;
using gatehouse::UniqueFd;

namespace {

std::vector<mp::Message> one_of_each() {
    mp::StreamState state{
        "a/main", mp::StreamPhase::offline, -5, mp::Cause::refused, "nobody answers", "avc1.42C01F", "mp4a.40.2", 1920,
        1080,     "audio dropped"};
    mp::RunBegin run{
        "a/main", 7, 90000, "hvc1.1.6.L93.B0", "", 640, 480, 1'700'000'000'000'000, std::vector(900, std::byte{0xA5})};
    mp::Fragment fragment{"a/main", 7, 3, 1ULL << 33, 4'000'000'000U, 1ULL << 40, 90000, true, 1ULL << 50, 17};
    return {mp::Hello{"gateway"},
            mp::SyncBegin{},
            mp::UpsertStream{"a/main", "rtsp://10.0.0.1/live", "user", "p\xC3\xA4ss", mp::Transport::udp, "Gate"},
            mp::RemoveStream{"a/sub"},
            mp::SyncEnd{},
            mp::Ping{},
            mp::HelloAck{0xFEDCBA9876543210ULL, 42, "0.1.0"},
            state,
            run,
            mp::Chunk{"a/main", 3},
            fragment,
            mp::ChunkGone{"a/main", 2},
            mp::StreamGone{"a/main"},
            mp::Pong{},
            mp::WorkerStats{{{10, 16, 0}, {0, 1, 3}}}};
}

mp::Decoded decode(const std::string& bytes) { return mp::decode(std::as_bytes(std::span(bytes))); }

}  // namespace

BOOST_AUTO_TEST_CASE(every_message_survives_the_wire) {
    BOOST_TEST(one_of_each().size() == std::variant_size_v<mp::Message>);
    for (const mp::Message& message : one_of_each()) {
        const mp::Decoded decoded = decode(mp::encode(message));
        BOOST_REQUIRE_MESSAGE(decoded.status == mp::DecodeStatus::ok, decoded.reason);
        BOOST_CHECK(*decoded.message == message);
    }
}

BOOST_AUTO_TEST_CASE(a_packet_cut_short_anywhere_is_malformed) {
    for (const mp::Message& message : one_of_each()) {
        const std::string whole = mp::encode(message);
        for (std::size_t size = 0; size < whole.size(); ++size)
            BOOST_CHECK(decode(whole.substr(0, size)).status == mp::DecodeStatus::malformed);
        BOOST_CHECK(decode(whole + 'x').status == mp::DecodeStatus::malformed);
    }
}

BOOST_AUTO_TEST_CASE(another_major_version_is_refused_with_a_text_that_says_what_to_do) {
    std::string bytes = mp::encode(mp::Ping{});
    bytes[4] = 9;
    const mp::Decoded decoded = decode(bytes);
    BOOST_CHECK(decoded.status == mp::DecodeStatus::other_major);
    BOOST_TEST(decoded.reason.find("9.0") != std::string::npos);
    BOOST_TEST(decoded.reason.find("same version") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_unknown_type_of_our_major_is_skipped) {
    std::string bytes = mp::encode(mp::Ping{});
    bytes[8] = 99;
    BOOST_CHECK(decode(bytes).status == mp::DecodeStatus::unknown_type);
}

BOOST_AUTO_TEST_CASE(fields_appended_by_a_later_minor_version_are_ignored) {
    std::string bytes = mp::encode(mp::RemoveStream{"a/sub"}) + "new";
    bytes[6] = static_cast<char>(mp::kMinor + 1);
    const mp::Decoded decoded = decode(bytes);
    BOOST_REQUIRE(decoded.status == mp::DecodeStatus::ok);
    BOOST_CHECK(*decoded.message == mp::Message(mp::RemoveStream{"a/sub"}));
}

BOOST_AUTO_TEST_CASE(a_choice_or_a_flag_out_of_range_is_malformed) {
    std::string state = mp::encode(mp::StreamState{.stream_id = "s"});
    state[12 + 3] = 77;  // the phase, after the one-letter id
    BOOST_CHECK(decode(state).status == mp::DecodeStatus::malformed);
    std::string fragment = mp::encode(mp::Fragment{.stream_id = "s"});
    fragment[12 + 3 + 8 + 8 + 8 + 4 + 8 + 4] = 2;
    BOOST_CHECK(decode(fragment).status == mp::DecodeStatus::malformed);
}

BOOST_AUTO_TEST_CASE(a_text_beyond_its_limit_is_neither_sent_nor_taken) {
    BOOST_CHECK_THROW(mp::encode(mp::RemoveStream{std::string(81, 'x')}), std::length_error);
    std::string bytes = mp::encode(mp::Hello{std::string(81, 'x')});
    bytes[8] = 4;  // the same text as a RemoveStream, whose id is limited to 80
    BOOST_CHECK(decode(bytes).status == mp::DecodeStatus::malformed);
}

BOOST_AUTO_TEST_CASE(text_from_outside_becomes_utf8_on_one_line) {
    const std::string good = "Gate \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x93\xB7";
    BOOST_TEST(mp::clean_text(good, 100) == good);
    BOOST_TEST(mp::clean_text("caf\xE9", 100) == "caf\xEF\xBF\xBD");
    // Too long a form, half a surrogate, beyond the last character, a tail alone, a character cut short.
    for (const std::string_view bad : {"\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80", "\xE2\x82"}) {
        std::string replaced;
        for (std::size_t i = 0; i < bad.size(); ++i) replaced += "\xEF\xBF\xBD";
        BOOST_TEST(mp::clean_text(bad, 100) == replaced);
    }
    BOOST_TEST(mp::clean_text("a\r\nb\x7F\x1B[31m \xC2\x9B", 100) == "a  b  [31m  ");
}

BOOST_AUTO_TEST_CASE(text_from_outside_is_cut_between_two_characters) {
    const std::string euro = "\xE2\x82\xAC";
    const std::string text = "x" + euro + euro + euro;
    BOOST_TEST(mp::clean_text(text, 10) == text);
    BOOST_TEST(mp::clean_text(text, 9) == "x" + euro + euro);
    BOOST_TEST(mp::clean_text(text, 7) == "x" + euro + euro);
    BOOST_TEST(mp::clean_text("\xFF", 2).empty());
}

BOOST_AUTO_TEST_CASE(a_descriptor_travels_with_its_message) {
    auto [left, right] = mp::make_pair();
    mp::Channel sender(std::move(left));
    mp::Channel receiver(std::move(right));
    const UniqueFd memory(::memfd_create("t", MFD_CLOEXEC));
    BOOST_REQUIRE(::write(memory.get(), "hello", 5) == 5);
    BOOST_REQUIRE(sender.send(mp::Chunk{"s", 1}, memory.get()));
    const mp::Channel::Received got = receiver.receive();
    BOOST_REQUIRE(got.event == mp::Channel::Event::message);
    BOOST_REQUIRE(static_cast<bool>(got.fd));
    char text[6] = {};
    BOOST_TEST(::pread(got.fd.get(), text, 5, 0) == 5);
    BOOST_TEST(std::string(text) == "hello");
    BOOST_CHECK(receiver.receive().event == mp::Channel::Event::nothing);
}

BOOST_AUTO_TEST_CASE(a_peer_that_does_not_read_is_given_up_at_the_limit_and_loses_nothing_before_it) {
    auto [left, right] = mp::make_pair();
    mp::Channel sender(std::move(left), 100'000);
    mp::Channel receiver(std::move(right));
    const UniqueFd memory(::memfd_create("t", MFD_CLOEXEC));
    std::uint64_t sent = 0;
    while (sender.send(mp::Chunk{"s", sent}, memory.get())) ++sent;
    BOOST_TEST(sender.wants_write());
    BOOST_TEST(sender.queued_bytes() <= 100'000U);
    for (std::uint64_t i = 0; i < sent; ++i) {
        mp::Channel::Received got = receiver.receive();
        if (got.event == mp::Channel::Event::nothing) {
            BOOST_REQUIRE(sender.flush());
            got = receiver.receive();
        }
        BOOST_REQUIRE(got.event == mp::Channel::Event::message);
        BOOST_REQUIRE(static_cast<bool>(got.fd));
        BOOST_REQUIRE_EQUAL(std::get<mp::Chunk>(*got.message).chunk_id, i);
    }
    BOOST_TEST(!sender.wants_write());
    BOOST_TEST(sender.queued_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(a_peer_that_went_away_is_noticed_on_both_ways) {
    auto [left, right] = mp::make_pair();
    mp::Channel stays(std::move(left));
    right.reset();
    BOOST_CHECK(stays.receive().event == mp::Channel::Event::closed);
    BOOST_TEST(!stays.send(mp::Ping{}));
}

BOOST_AUTO_TEST_CASE(a_dead_socket_file_is_replaced_and_a_live_one_is_not) {
    const std::string path = "/tmp/gatehouse-protocol-test-" + std::to_string(::getpid());
    UniqueFd first = mp::listen_at(path, 0600);
    BOOST_CHECK_THROW(mp::listen_at(path, 0600), std::system_error);
    first.reset();
    const UniqueFd second = mp::listen_at(path, 0660);
    const UniqueFd client = mp::connect_to(path);
    BOOST_TEST(static_cast<bool>(mp::accept_from(second)));
    BOOST_TEST(!static_cast<bool>(mp::accept_from(second)));
    ::unlink(path.c_str());
}
