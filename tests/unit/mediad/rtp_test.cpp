#define BOOST_TEST_MODULE mediad_rtp
#include <boost/test/unit_test.hpp>

#include "interleaved_parser.h"
#include "rtp_clock.h"
#include "tcp_keep_alive.h"

using namespace gatehouse::mediad;

namespace {

struct Heard final : InterleavedParser::Handler {
    std::vector<std::string> all;
    void packet(std::uint8_t channel, std::span<const std::byte> bytes) override {
        std::string text = std::to_string(channel) + ":";
        for (const std::byte b : bytes) text += static_cast<char>(b);
        all.push_back(text);
    }
    void message(std::string_view head) override { all.emplace_back(head.substr(0, head.find('\r'))); }
};

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string packet(char channel, const std::string& body) {
    return std::string("$") + channel + static_cast<char>(body.size() >> 8) + static_cast<char>(body.size() & 0xFF) +
           body;
}

constexpr std::int64_t kSecond = 1'000'000'000;

}  // namespace

BOOST_AUTO_TEST_CASE(packets_and_messages_are_found_however_the_stream_is_cut) {
    const std::string stream = packet(0, "one") + "RTSP/1.0 200 OK\r\nCSeq: 4\r\ncontent-length:  5\r\n\r\n$body" +
                               packet(1, "") + "\r\n" + packet(2, std::string(3000, 'x')) +
                               "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n" + packet(0, "end");
    const std::vector<std::string> expected{
        "0:one", "RTSP/1.0 200 OK", "1:", "2:" + std::string(3000, 'x'), "OPTIONS * RTSP/1.0", "0:end"};
    for (const std::size_t step :
         {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, std::size_t{1000}, stream.size()}) {
        InterleavedParser parser;
        Heard heard;
        for (std::size_t at = 0; at < stream.size(); at += step)
            BOOST_REQUIRE(parser.feed(bytes(stream).subspan(at, std::min(step, stream.size() - at)), heard));
        BOOST_TEST(heard.all == expected, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_rtsp_is_refused) {
    for (const std::string& rubbish : {std::string("\x01\x02"), std::string("http"), std::string(20'000, 'A'),
                                       std::string("RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n")}) {
        InterleavedParser parser;
        Heard heard;
        BOOST_TEST(!parser.feed(bytes(rubbish), heard));
    }
}

BOOST_AUTO_TEST_CASE(the_time_out_of_a_session_and_the_status_of_an_answer_are_read) {
    using std::chrono::seconds;
    BOOST_CHECK(session_timeout_in("4711;timeout=30") == seconds(30));
    BOOST_CHECK(session_timeout_in("4711; timeout=5;x") == seconds(5));
    for (const char* header : {"", "4711", "4711;timeout=", "4711;timeout=0", "4711;timeout=-3", "4711;timeout=x"})
        BOOST_TEST(!session_timeout_in(header).has_value());
    BOOST_TEST(answer_status("RTSP/1.0 401 Unauthorized\r\nCSeq: 4") == 401);
    BOOST_TEST(answer_status("RTSP/1.0 ") == 0);
    BOOST_TEST(answer_status("OPTIONS * RTSP/1.0\r\nCSeq: 1") == 0);
}

BOOST_AUTO_TEST_CASE(a_session_is_kept_alive_at_half_its_time_out_and_at_least_every_minute) {
    using namespace std::chrono_literals;
    const KeepAlive::Clock::time_point begin{1h};
    for (const auto& [timeout, period] : {std::pair{60s, 30s}, {10s, 5s}, {7200s, 60s}}) {
        KeepAlive keep_alive(timeout, true, begin);
        BOOST_CHECK(keep_alive.wait(begin) == period);
        BOOST_CHECK(keep_alive.wait(begin + period - 1us) == 1ms);
        BOOST_CHECK(keep_alive.wait(begin + period + 1s) == 0ms);
        keep_alive.sent(begin + period + 1s);
        BOOST_CHECK(keep_alive.wait(begin + period + 1s) == period);
    }
}

BOOST_AUTO_TEST_CASE(a_refused_keep_alive_is_sent_again_once_with_a_new_login_or_as_options) {
    using Step = KeepAlive::Step;
    const KeepAlive::Clock::time_point now{std::chrono::hours(1)};
    KeepAlive keep_alive(std::chrono::seconds(60), true, now);
    BOOST_CHECK(keep_alive.answered(200) == Step::nothing);
    BOOST_CHECK(keep_alive.answered(401) == Step::renew_login);
    BOOST_CHECK(keep_alive.answered(401) == Step::nothing);
    keep_alive.sent(now);
    BOOST_CHECK(keep_alive.answered(401) == Step::renew_login);
    BOOST_CHECK(keep_alive.answered(501) == Step::use_options);
    BOOST_CHECK(keep_alive.answered(501) == Step::nothing);
    KeepAlive by_options(std::chrono::seconds(60), false, now);
    BOOST_CHECK(by_options.answered(405) == Step::nothing);
}

BOOST_AUTO_TEST_CASE(an_rtp_header_is_read_and_a_short_or_foreign_one_is_not) {
    const std::string good("\x80\xE0\x00\x01\x01\x02\x03\x04\x0A\x0B\x0C\x0D!", 13);
    const auto header = parse_rtp_header(bytes(good)).value();
    BOOST_TEST(header.payload_type == 96);
    BOOST_TEST(header.timestamp == 0x01020304U);
    BOOST_TEST(header.ssrc == 0x0A0B0C0DU);
    BOOST_TEST(!parse_rtp_header(bytes(good.substr(0, 11))).has_value());
    BOOST_TEST(!parse_rtp_header(bytes("\x40" + good.substr(1))).has_value());
}

BOOST_AUTO_TEST_CASE(the_32_bit_wrap_is_no_event) {
    RtpClock clock(90'000, std::nullopt);
    std::uint32_t timestamp = 0xFFFFFFFFU - 3600 * 10;
    std::int64_t before = clock.to_ns(timestamp, 0);
    for (int i = 0; i < 100; ++i) {
        timestamp += 3600;
        const std::int64_t now = clock.to_ns(timestamp, 0);
        BOOST_TEST(now - before == 40'000'000);
        before = now;
    }
}

BOOST_AUTO_TEST_CASE(a_jump_goes_through_in_its_direction) {
    RtpClock clock(90'000, std::nullopt);
    const std::int64_t begin = clock.to_ns(1'000'000, 0);
    BOOST_TEST(clock.to_ns(1'000'000 + 90'000 * 60, 0) - begin == 60 * kSecond);
    BOOST_TEST(clock.to_ns(1'000'000 - 90'000, 0) - begin == -kSecond);
}

BOOST_AUTO_TEST_CASE(tracks_with_declared_origins_are_aligned_whenever_their_packets_come) {
    RtpClock video(90'000, 500'000U);
    RtpClock audio(44'100, 0xFFFFFFF0U);
    BOOST_TEST(video.to_ns(500'000 + 90'000, 7 * kSecond) == audio.to_ns(0xFFFFFFF0U + 44'100U, 9 * kSecond));
}

BOOST_AUTO_TEST_CASE(an_origin_far_from_the_first_packet_is_not_believed) {
    RtpClock told(90'000, 0U);
    RtpClock plain(90'000, std::nullopt);
    BOOST_TEST(told.to_ns(3'000'000'000U, 2 * kSecond) == plain.to_ns(77U, 2 * kSecond));
}

BOOST_AUTO_TEST_CASE(arrival_never_bends_the_ticks) {
    RtpClock clock(90'000, std::nullopt);
    const std::int64_t base = clock.to_ns(0, 1'234'567'891);
    for (std::uint32_t i = 1; i < 1'000; ++i) {
        const std::int64_t ticks = ((clock.to_ns(i * 3'003, 0) - base) * 9 + 50'000) / 100'000;
        BOOST_REQUIRE_EQUAL(ticks, std::int64_t{i} * 3'003);
    }
}
