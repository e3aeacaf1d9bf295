// A MediaMTX of values: what it would answer at this moment, and a reader or engine before it.
#pragma once

#include <boost/test/unit_test.hpp>

#include <gatehouse/testing/fake_clock.h>
#include <gatehouse/testing/fake_http_client.h>
#include <gatehouse/testing/fake_scheduler.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "hls/hls_engine.h"
#include "mp4_maker.h"

namespace gatehouse::mediamtx::test {

using namespace std::chrono_literals;

struct FakeMuxer {
    explicit FakeMuxer(testing::FakeClock& given) : clock(given) {}

    testing::FakeClock& clock;
    bool camera = true;    // delivers
    bool session = false;  // somebody has asked for the index
    bool transport_stream = false, sound = false;
    std::string prefix = "aaaaaaaaaaaa";
    std::uint64_t first = 0, count = 2;
    UtcTime begin{clock.utc_now().us - 4'000'000};  // start of segment 0
    std::map<std::string, int> status;              // of single files, by name
    std::map<std::string, std::string> instead;     // bodies of single files

    UtcTime start_of(std::uint64_t n) const { return begin + std::chrono::seconds(2 * n); }
    // Segments come and go as time passes.
    void roll() {
        const auto passed =
            static_cast<std::uint64_t>(std::max<std::int64_t>((clock.utc_now() - begin) / 1us, 0)) / 2'000'000;
        if (passed <= first + count) return;
        count = passed - first;
        while (count > 7) ++first, --count;
    }
    void restart(const std::string& new_prefix) {
        prefix = new_prefix;
        first = 0;
        count = 2;
        begin = UtcTime{clock.utc_now().us - 4'000'000};
        session = false;
    }
    std::string name(const std::string& track, std::uint64_t n) const {
        return prefix + "_" + track + "_seg" + std::to_string(n) + (transport_stream ? ".ts" : ".mp4");
    }
    std::string playlist(const std::string& track) const {
        std::string text =
            "#EXTM3U\n#EXT-X-VERSION:10\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:" + std::to_string(first) +
            "\n";
        if (!transport_stream) text += "#EXT-X-MAP:URI=\"" + prefix + "_" + track + "_init.mp4\"\n";
        for (std::uint64_t n = first; n < first + count; ++n) {
            if (n + 2 >= first + count) text += "#EXT-X-PROGRAM-DATE-TIME:" + to_iso8601(start_of(n)) + "\n";
            text += "#EXTINF:2.00000,\n" + name(track, n) + "\n";
        }
        return text;
    }
    std::string index() const {
        const std::string video = transport_stream ? "main" : "video1";
        std::string text = "#EXTM3U\n#EXT-X-VERSION:10\n";
        if (sound)
            text +=
                "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"audio2\",DEFAULT=YES,URI=\"audio2_stream.m3u8\"\n";
        return text + "#EXT-X-STREAM-INF:BANDWIDTH=500000,CODECS=\"avc1.4d401e" +
               (sound ? ",mp4a.40.2\",AUDIO=\"audio" : "") + "\",RESOLUTION=640x360\n" + video + "_stream.m3u8\n";
    }
    std::pair<int, std::string> answer(const std::string& file) {
        if (const auto it = status.find(file); it != status.end()) return {it->second, ""};
        if (const auto it = instead.find(file); it != instead.end()) return {200, it->second};
        if (file == "index.m3u8") {
            if (!camera) return {404, "{}"};
            session = true;
            return {200, index()};
        }
        if (!camera || !session) return {401, "{}"};
        if (!file.starts_with(prefix) && !file.ends_with(".m3u8")) return {404, "404 page not found"};
        const std::string track = file.find("audio2") != std::string::npos ? "audio2"
                                  : transport_stream                       ? "main"
                                                                           : "video1";
        if (file.ends_with(".m3u8")) return {200, playlist(track)};
        if (file.ends_with("_init.mp4")) return {200, track == "audio2" ? audio_init() : video_init()};
        for (std::uint64_t n = first; n < first + count; ++n)
            if (file == name(track, n)) return {200, transport_stream ? file : fragment(1, file)};
        return {404, "404 page not found"};
    }
};

// The engine with one camera in front of the muxer.
struct EngineFixture {
    testing::FakeClock clock;
    testing::FakeScheduler scheduler;
    testing::FakeMetrics metrics;
    testing::FakeHttpClient client;
    FakeMuxer muxer{clock};
    std::vector<std::string> asked;  // file names, oldest first
    std::size_t changes = 0;
    HlsEngine engine{{client, scheduler, clock, metrics, Poco::Logger::get("test")}, {}};
    Registration listening = engine.on_change([this](const std::string&, StreamRole) { ++changes; });

    EngineFixture() {
        engine.set_origin({"127.0.0.1", 8888, "Bearer secret"});
        configure(false);
    }
    void configure(bool always) { engine.set_streams({{"uuid", StreamRole::kMain, "cams/one", always}}); }
    void demand() { engine.demand("uuid", StreamRole::kMain); }
    std::shared_ptr<const MediaWindow> window() { return engine.window("uuid", StreamRole::kMain); }

    // Answers everything that is asked until nothing more is.
    void answer() {
        while (auto call = client.take()) {
            BOOST_REQUIRE(call->request.target.starts_with("/cams/one/"));
            const std::string file = call->request.target.substr(10);
            asked.push_back(file);
            const auto [status, body] = muxer.answer(file);
            testing::FakeHttpClient::answer(*call, status, body);
            BOOST_REQUIRE(asked.size() < 100'000);
        }
    }
    // Time passes in steps as fine as the engine's timer.
    void pass(std::chrono::milliseconds span, bool wanted = true) {
        for (auto passed = 0ms; passed < span; passed += 20ms) {
            clock.advance(20ms);
            muxer.roll();
            if (wanted && passed % 1'000ms == 0ms) demand();
            scheduler.fire("mediamtx.hls");
            answer();
        }
    }
    std::size_t count(const std::string& part) const {
        return static_cast<std::size_t>(std::count_if(
            asked.begin(), asked.end(), [&](const auto& each) { return each.find(part) != std::string::npos; }));
    }
};

}  // namespace gatehouse::mediamtx::test
