#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>
#include <Poco/Logger.h>
#include <Poco/Message.h>

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>
#include <vector>

#include "fake_muxer.h"
#include "hls/init_section.h"

using namespace gatehouse;
using namespace gatehouse::mediamtx;
using namespace gatehouse::mediamtx::test;
using testing::FakeHttpClient;

namespace {

class Kept final : public Poco::Channel {
public:
    void log(const Poco::Message& message) override { lines.push_back(message.getText()); }
    std::vector<std::string> lines;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(reader, EngineFixture)

BOOST_AUTO_TEST_CASE(the_index_comes_first_then_its_playlist_and_every_file_once) {
    demand();
    answer();
    const std::vector<std::string> expected{"index.m3u8", "video1_stream.m3u8", "aaaaaaaaaaaa_video1_init.mp4",
                                            "aaaaaaaaaaaa_video1_seg0.mp4", "aaaaaaaaaaaa_video1_seg1.mp4"};
    BOOST_TEST(asked == expected, boost::test_tools::per_element());
    BOOST_REQUIRE(window());
    BOOST_TEST(window()->live);
    BOOST_TEST(window()->segments.size() == 2u);
    BOOST_TEST(window()->segments[0].number == 1u);
    BOOST_TEST(window()->segments[1].body.is_file());
    BOOST_TEST(window()->segments[1].body.to_string() == fragment(1, "aaaaaaaaaaaa_video1_seg1.mp4"));
    BOOST_TEST(window()->runs.at(0)->codecs == "avc1.4d401e");
    BOOST_TEST(window()->runs.at(0)->init.to_string() == video_init());
    BOOST_TEST(window()->runs.at(0)->width == 640);
    BOOST_TEST(window()->segments[1].start.us == muxer.start_of(1).us);
    BOOST_TEST(changes == 1u);
}

BOOST_AUTO_TEST_CASE(every_request_carries_the_secret_and_no_query) {
    demand();
    for (int i = 0; i < 5; ++i) {
        const auto call = client.take();
        BOOST_REQUIRE(call);
        BOOST_TEST(call->request.target.find('?') == std::string::npos);
        BOOST_REQUIRE(call->request.headers.size() == 1u);
        BOOST_TEST(call->request.headers[0].first == "Authorization");
        BOOST_TEST(call->request.headers[0].second == "Bearer secret");
        const auto [status, body] = muxer.answer(call->request.target.substr(10));
        FakeHttpClient::answer(*call, status, body);
    }
}

BOOST_AUTO_TEST_CASE(a_minute_of_live_video_costs_one_request_per_playlist_version_and_per_segment) {
    demand();
    answer();
    pass(60s);
    std::set<std::string> different(asked.begin(), asked.end());
    const auto segments = count("_seg");
    BOOST_TEST(segments >= 29u);
    BOOST_TEST(count("_init") == 1u);
    BOOST_TEST(count("index") == 1u);
    BOOST_TEST(different.size() == segments + 3);
    const auto versions = metrics.value("gatehouse_mediamtx_hls_playlist_versions_total");
    BOOST_TEST(static_cast<double>(count("_stream.m3u8")) <= versions * 1.05);
    BOOST_TEST(window()->segments.size() == 7u);
    BOOST_TEST(window()->segments.back().number >= muxer.first + muxer.count - 1);
    for (const auto& segment : window()->segments) BOOST_TEST(!segment.gap_before);
}

BOOST_AUTO_TEST_CASE(however_many_viewers_ask_there_is_one_request_under_way) {
    for (int i = 0; i < 4'000; ++i) demand();
    BOOST_TEST(client.waiting() == 1u);
    BOOST_TEST(engine.coming("uuid", StreamRole::kMain));
    answer();
    BOOST_TEST(asked.size() == 5u);
}

BOOST_AUTO_TEST_CASE(an_idle_camera_costs_nothing) {
    pass(60s, false);
    BOOST_TEST(asked.empty());
    BOOST_TEST(!scheduler.fire("mediamtx.hls"));
    demand();
    answer();
    pass(29s, false);
    const auto before = asked.size();
    BOOST_TEST(before > 5u);
    BOOST_REQUIRE(window());
    pass(5s, false);
    const auto after = asked.size();
    BOOST_TEST(!window());
    pass(60s, false);
    BOOST_TEST(asked.size() == after);
    BOOST_TEST(!scheduler.fire("mediamtx.hls"));
    demand();
    answer();
    BOOST_TEST(window()->live);
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_always_wanted_needs_no_viewer) {
    configure(true);
    pass(40s, false);
    BOOST_REQUIRE(window());
    BOOST_TEST(window()->live);
    configure(false);
    pass(2s, false);
    BOOST_TEST(!window());
}

BOOST_AUTO_TEST_CASE(transport_stream_segments_have_a_run_without_init_section) {
    muxer.transport_stream = true;
    demand();
    answer();
    BOOST_REQUIRE(window());
    BOOST_TEST((window()->runs.at(0)->container == MediaContainer::kMpegTs));
    BOOST_TEST(window()->runs.at(0)->init.size() == 0u);
    BOOST_TEST(window()->runs.at(0)->codecs == "avc1.4d401e");
    BOOST_TEST(window()->segments[0].body.to_string() == "aaaaaaaaaaaa_main_seg0.ts");
}

BOOST_AUTO_TEST_CASE(sound_is_joined_to_the_picture) {
    muxer.sound = true;
    demand();
    answer();
    BOOST_REQUIRE(window());
    BOOST_TEST(window()->runs.at(0)->codecs == "avc1.4d401e,mp4a.40.2");
    BOOST_TEST(parse_init(window()->runs.at(0)->init.to_string()).size() == 2u);
    BOOST_TEST(window()->segments[1].body.to_string() ==
               fragment(1, "aaaaaaaaaaaa_video1_seg1.mp4") + fragment(2, "aaaaaaaaaaaa_audio2_seg1.mp4"));
    pass(20s);
    BOOST_TEST(count("audio2_init") == 1u);
    BOOST_TEST(count("audio2_seg") == count("video1_seg"));
}

BOOST_AUTO_TEST_CASE(missing_or_broken_sound_costs_no_picture) {
    muxer.sound = true;
    muxer.status["aaaaaaaaaaaa_audio2_init.mp4"] = 500;
    demand();
    answer();
    BOOST_REQUIRE(window());
    BOOST_TEST(window()->runs.at(0)->codecs == "avc1.4d401e");
    BOOST_TEST(window()->segments.size() == 2u);
    muxer.restart("bbbbbbbbbbbb");
    muxer.instead["bbbbbbbbbbbb_audio2_init.mp4"] = "junk";
    pass(5s);
    BOOST_TEST(window()->segments.back().body.to_string().find("bbbbbbbbbbbb_video1") != std::string::npos);
    BOOST_TEST(window()->segments.back().body.to_string().find("audio2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(sound_that_is_announced_and_silent_costs_no_picture_and_is_joined_when_it_begins) {
    muxer.sound = true;
    for (std::uint64_t n = 0; n < 5; ++n) muxer.instead[muxer.name("audio2", n)] = silent_fragment();
    demand();
    answer();
    BOOST_REQUIRE(window());
    BOOST_TEST(window()->runs.size() == 1u);
    BOOST_TEST(window()->runs[0]->codecs == "avc1.4d401e");
    BOOST_TEST(parse_init(window()->runs[0]->init.to_string()).size() == 1u);
    pass(10s);  // by then segment 5 has come, with sound
    const auto with_sound = window()->segments.back();
    BOOST_TEST(window()->run(with_sound.run_id)->codecs == "avc1.4d401e,mp4a.40.2");
    BOOST_TEST(with_sound.body.to_string().find("audio2") != std::string::npos);
    BOOST_TEST(window()->run(window()->segments.front().run_id)->codecs == "avc1.4d401e");
}

BOOST_AUTO_TEST_CASE(sound_that_ends_is_left_out_after_two_silent_segments) {
    muxer.sound = true;
    for (std::uint64_t n = 3; n < 100; ++n) muxer.instead[muxer.name("audio2", n)] = silent_fragment();
    demand();
    answer();
    pass(9s);
    const auto codecs_at = [&](std::uint64_t sequence) {
        for (const auto& segment : window()->segments)
            if (segment.number == sequence + 1) return window()->run(segment.run_id)->codecs;
        return std::string("none");
    };
    BOOST_TEST(codecs_at(2) == "avc1.4d401e,mp4a.40.2");
    BOOST_TEST(codecs_at(4) == "avc1.4d401e,mp4a.40.2");
    BOOST_TEST(codecs_at(5) == "avc1.4d401e");
    pass(30s);
    BOOST_TEST(window()->runs.size() == 1u);
    BOOST_TEST(window()->segments.size() == 7u);
    BOOST_TEST(window()->runs[0]->codecs == "avc1.4d401e");
    BOOST_TEST(count("video1_init") == 1u);
}

BOOST_AUTO_TEST_CASE(sound_that_is_back_is_joined_again_but_not_for_ever) {
    muxer.sound = true;
    for (std::uint64_t n = 3; n < 200; ++n)  // four segments with it, four without
        if (n / 4 % 2 == 1) muxer.instead[muxer.name("audio2", n)] = silent_fragment();
    demand();
    answer();
    int begun = 0;
    for (std::uint64_t last = 0; last == 0 || window()->segments.back().number < 100;) {
        pass(2s);
        const auto run = window()->segments.back().run_id;
        const bool with_sound = window()->run(run)->codecs == "avc1.4d401e,mp4a.40.2";
        begun += with_sound && run != last && last != 0 ? 1 : 0;
        last = run;
    }
    BOOST_TEST(begun == 3);
    BOOST_TEST(window()->segments.size() == 7u);
}

BOOST_AUTO_TEST_CASE(a_muxer_that_is_gone_is_asked_for_by_the_index_and_begins_another_epoch) {
    demand();
    answer();
    pass(10s);
    const auto before = window();
    muxer.restart("bbbbbbbbbbbb");
    pass(3s);
    BOOST_TEST(count("index") == 2u);
    BOOST_REQUIRE((window() != before));
    BOOST_TEST(window()->epoch != before->epoch);
    BOOST_TEST(window()->segments.front().number == 1u);
    BOOST_TEST(count("bbbbbbbbbbbb_video1_init") == 1u);
}

BOOST_AUTO_TEST_CASE(a_camera_that_is_away_keeps_its_window_and_is_seen_within_a_second_of_its_return) {
    demand();
    answer();
    pass(10s);
    const auto before = window();
    muxer.camera = false;
    pass(20s);
    BOOST_REQUIRE(window());
    BOOST_TEST(!window()->live);
    BOOST_TEST(window()->segments.size() == before->segments.size());
    BOOST_TEST(!engine.coming("uuid", StreamRole::kMain));
    const auto in_vain = count("index");
    BOOST_TEST(in_vain >= 15u);
    BOOST_TEST(in_vain <= 45u);
    muxer.camera = true;
    muxer.restart("bbbbbbbbbbbb");
    pass(1'050ms);
    BOOST_TEST(window()->live);
    BOOST_TEST(window()->segments.back().body.to_string().find("bbbbbbbbbbbb") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_camera_that_nobody_watches_is_tried_rarely) {
    configure(true);
    muxer.camera = false;
    pass(120s, false);
    BOOST_TEST(count("index") <= 40u);
}

BOOST_AUTO_TEST_CASE(a_dead_camera_that_is_tried_again_and_again_is_one_line_in_the_log) {
    const Poco::AutoPtr<Kept> kept(new Kept);
    Poco::Logger::get("test").setChannel(kept);
    muxer.camera = false;
    for (int i = 0; i < 10; ++i) {
        demand();
        answer();
        pass(60s, false);  // it goes to rest
    }
    BOOST_TEST(count("index") >= 10u);
    BOOST_TEST(kept->lines == (std::vector<std::string>{"camera uuid (main) has no picture: MediaMTX answers 404"}));
    muxer.camera = true;
    demand();
    answer();
    pass(5s);
    BOOST_REQUIRE(kept->lines.size() == 2u);
    BOOST_TEST(kept->lines[1] == "camera uuid (main) has pictures again");
    Poco::Logger::get("test").setChannel(nullptr);
}

BOOST_AUTO_TEST_CASE(a_session_that_has_ended_is_taken_up_again_without_a_seam) {
    demand();
    answer();
    pass(10s);
    const auto before = window();
    muxer.session = false;  // the muxer still runs
    pass(3s);
    BOOST_TEST(count("index") == 2u);
    BOOST_TEST(window()->epoch == before->epoch);
    BOOST_TEST(window()->segments.back().number > before->segments.back().number);
    BOOST_TEST(count("_init") == 1u);
    for (const auto& segment : window()->segments) BOOST_TEST(!segment.gap_before);
}

BOOST_AUTO_TEST_CASE(a_segment_that_cannot_be_had_is_left_out_with_a_gap) {
    muxer.status["aaaaaaaaaaaa_video1_seg3.mp4"] = 404;
    muxer.status["aaaaaaaaaaaa_video1_seg5.mp4"] = 500;
    demand();
    answer();
    pass(14s);
    BOOST_TEST(count("seg3") == 1u);
    BOOST_TEST(count("seg5") == 2u);
    BOOST_TEST(metrics.value("gatehouse_mediamtx_hls_lost_segments_total") == 2);
    std::vector<std::uint64_t> numbers;
    for (const auto& segment : window()->segments) {
        numbers.push_back(segment.number);
        BOOST_TEST(segment.gap_before == (segment.number == 5 || segment.number == 7));
    }
    BOOST_TEST((std::find(numbers.begin(), numbers.end(), 4u) == numbers.end()));
    BOOST_TEST((std::find(numbers.begin(), numbers.end(), 6u) == numbers.end()));
    BOOST_TEST((std::find(numbers.begin(), numbers.end(), 7u) != numbers.end()));
}

BOOST_AUTO_TEST_CASE(nonsense_from_the_engine_is_borne_with_pauses) {
    for (const char* file : {"index.m3u8", "video1_stream.m3u8", "aaaaaaaaaaaa_video1_init.mp4"}) {
        EngineFixture other;
        other.muxer.instead[file] = "#EXTM3U\n#EXT-X-KEY:METHOD=AES-128\n\x01";
        other.demand();
        other.answer();
        other.pass(10s);
        BOOST_TEST(!other.window());
        BOOST_TEST(other.asked.size() <= 60u, file);
        other.muxer.instead.clear();
        other.pass(1'050ms);
        BOOST_TEST(other.window() != nullptr, file);
    }
}

BOOST_AUTO_TEST_CASE(a_muxer_that_always_says_401_is_no_busy_loop) {
    muxer.status["video1_stream.m3u8"] = 401;
    demand();
    answer();
    pass(20s);
    BOOST_TEST(asked.size() <= 140u);
    BOOST_TEST(!window());
}

BOOST_AUTO_TEST_CASE(a_wrong_secret_is_tried_again_rarely) {
    muxer.status["index.m3u8"] = 302;
    demand();
    answer();
    pass(60s);
    BOOST_TEST(asked.size() <= 14u);
}

BOOST_AUTO_TEST_CASE(time_outs_and_refused_connections_are_borne_too) {
    demand();
    FakeHttpClient::fail(*client.take(), ErrorCode::kBadUpstream);
    BOOST_TEST(client.waiting() == 0u);
    pass(1s);
    BOOST_REQUIRE(window());
    clock.advance(2s);
    muxer.roll();
    scheduler.fire("mediamtx.hls");
    FakeHttpClient::fail(*client.take(), ErrorCode::kUpstreamTimeout);
    BOOST_TEST(!window()->live);
    pass(2s);
    BOOST_TEST(window()->live);
}

BOOST_AUTO_TEST_CASE(a_sequence_that_jumps_back_under_the_same_names_is_another_epoch) {
    demand();
    answer();
    pass(10s);
    const auto before = window();
    muxer.restart("aaaaaaaaaaaa");
    muxer.session = true;
    pass(3s);
    BOOST_TEST(window()->epoch != before->epoch);
    BOOST_TEST(window()->segments.front().number == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
