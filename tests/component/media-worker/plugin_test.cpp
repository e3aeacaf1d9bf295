// The plugin as the host loads it, against a worker that speaks the real protocol over a real socket.
#include <boost/test/unit_test.hpp>

#include <gatehouse/media_engine.h>
#include <gatehouse/testing/fake_context.h>
#include <gatehouse/testing/loaded_plugin.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "fake_worker.h"

using namespace gatehouse;
using namespace gatehouse::media_worker::test;

namespace {

ConfigNode text_node(std::string text) {
    auto impl = std::make_shared<ConfigNode::Impl>();
    impl->kind = ConfigNode::Kind::kScalar;
    impl->scalar = std::move(text);
    return ConfigNode(impl);
}

ConfigNode map_node(std::vector<std::pair<std::string, std::string>> entries) {
    auto impl = std::make_shared<ConfigNode::Impl>();
    impl->kind = ConfigNode::Kind::kMap;
    for (auto& [key, value] : entries) impl->entries.push_back({key, {}, text_node(value)});
    return ConfigNode(impl);
}

struct Fixture {
    Fixture() {
        char pattern[] = "/tmp/media-worker-XXXXXX";
        directory = ::mkdtemp(pattern);
        context.emplace(Places{directory, directory, directory}, &clock);
        camera.main.has_password = true;
        context->cameras.set_cameras({camera});
        context->cameras.set_credentials(camera.uuid, StreamRole::kMain, {"viewer", "secret"});
    }
    ~Fixture() {
        if (started) plugin->stop();
        std::filesystem::remove_all(directory);
    }
    void start(std::vector<std::pair<std::string, std::string>> settings) {
        ConfigIssues issues;
        plugin->configure(map_node(std::move(settings)), issues);
        BOOST_REQUIRE(issues.empty());
        plugin->start(*context);
        started = true;
        engine = context->offers.get<MediaEngine>();
    }
    // Waits for a condition that the worker's thread brings about.
    static void eventually(const char* what, const std::function<bool()>& condition) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!condition()) {
            BOOST_REQUIRE_MESSAGE(std::chrono::steady_clock::now() < until, what);
            std::this_thread::yield();
        }
    }
    std::shared_ptr<const MediaWindow> window() const { return engine->window(camera.uuid, StreamRole::kMain); }
    std::size_t segments() const { return window() ? window()->segments.size() : 0; }
    std::string socket() const { return directory + "/media.sock"; }
    void greet(FakeWorker& worker, std::uint64_t boot_id) {
        worker.accept();
        synced = worker.receive_sync();
        worker.send(mp::HelloAck{boot_id, 4711, "9.9.9"});
    }
    void play(FakeWorker& worker, StreamScript& script, int fragments) {
        worker.send(script.state(mp::StreamPhase::live));
        worker.send(script.run_begin());
        worker.send_fragments(script, fragments);
    }

    std::string directory;
    SystemClock clock;
    Camera camera = testing::make_camera(1);
    testing::LoadedPlugin plugin{MEDIA_WORKER_PLUGIN};
    std::optional<testing::FakeContext> context;
    std::shared_ptr<MediaEngine> engine;
    std::vector<mp::UpsertStream> synced;
    bool started = false;
};

StreamScript script_now(const Camera& camera) {
    StreamScript script{.id = camera.uuid + "/main"};
    script.clock_us = SystemClock().utc_now().us;
    return script;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(media_worker_plugin, Fixture)

BOOST_AUTO_TEST_CASE(the_descriptor_says_what_it_is) {
    BOOST_TEST(plugin.descriptor().name == std::string("media-worker"));
    BOOST_TEST(plugin.descriptor().provides[0] == std::string("media_engine/1"));
    BOOST_TEST(plugin.descriptor().abi_signature == std::string(GATEHOUSE_ABI_SIGNATURE));
}

BOOST_AUTO_TEST_CASE(the_worker_is_told_every_wanted_stream_and_its_media_becomes_a_window) {
    FakeWorker worker(socket());
    start({{"mode", "service"}});
    BOOST_TEST(plugin->health().summary == "the media worker is being connected");
    greet(worker, 5);
    BOOST_REQUIRE(synced.size() == 1u);
    BOOST_TEST(synced[0].stream_id == camera.uuid + "/main");
    BOOST_TEST(synced[0].user == "viewer");
    BOOST_TEST(synced[0].password == "secret");
    auto script = script_now(camera);
    play(worker, script, 5);
    eventually("two segments", [&] { return segments() == 2; });
    BOOST_TEST(window()->segments[1].body.to_string() == "fragment03fragment04");
    BOOST_TEST(context->cameras.engine_name() == "builtin");
    const auto live = context->cameras.live(camera);
    BOOST_TEST((live.state == CameraLive::State::kLive));
    BOOST_TEST(live.width == 1280);
    BOOST_TEST((plugin->health().status == PluginHealth::Status::kOk));
    BOOST_TEST(plugin->health().details.find("secret") == std::string::npos);
    BOOST_TEST(context->bus.published<CameraLiveChanged>() == 1u);
}

BOOST_AUTO_TEST_CASE(changes_of_the_catalogue_are_told_as_differences) {
    FakeWorker worker(socket());
    start({{"mode", "service"}});
    greet(worker, 5);
    const Camera second = testing::make_camera(2);
    context->cameras.set_cameras({camera, second});
    context->bus.publish(CatalogueChanged{2});
    BOOST_TEST(worker.receive_a<mp::UpsertStream>().stream_id == second.uuid + "/main");
    context->cameras.set_cameras({second});
    context->bus.publish(CatalogueChanged{3});
    BOOST_TEST(worker.receive_a<mp::RemoveStream>().stream_id == camera.uuid + "/main");
}

BOOST_AUTO_TEST_CASE(a_worker_that_dies_leaves_its_window_and_the_same_worker_continues_it) {
    FakeWorker worker(socket());
    start({{"mode", "service"}});
    greet(worker, 5);
    auto script = script_now(camera);
    play(worker, script, 5);
    eventually("two segments", [&] { return segments() == 2; });
    worker.hang_up();
    eventually("not live", [&] { return !window()->live; });
    eventually("trouble", [&] { return plugin->health().status == PluginHealth::Status::kDegraded; });
    BOOST_TEST(segments() == 2u);
    BOOST_TEST((context->cameras.live(camera).state == CameraLive::State::kConnecting));

    greet(worker, 5);
    auto replay = script_now(camera);
    play(worker, replay, 7);
    eventually("three segments", [&] { return segments() == 3; });
    BOOST_TEST(window()->epoch == 5u);
    BOOST_TEST(window()->segments[0].number == 1u);
    BOOST_TEST(window()->segments[2].number == 5u);
    BOOST_TEST(window()->live);
}

BOOST_AUTO_TEST_CASE(a_new_worker_is_a_new_epoch) {
    FakeWorker worker(socket());
    start({{"mode", "service"}});
    greet(worker, 5);
    auto script = script_now(camera);
    play(worker, script, 5);
    eventually("two segments", [&] { return segments() == 2; });
    worker.hang_up();
    greet(worker, 6);
    auto fresh = script_now(camera);
    play(worker, fresh, 3);
    eventually("the new epoch", [&] { return window()->epoch == 6; });
    BOOST_TEST(segments() == 1u);
}

// Another epoch would end with the gateway's memory of it: the same bytes would have other names after a restart.
BOOST_AUTO_TEST_CASE(a_camera_that_was_away_comes_back_in_the_same_epoch_with_greater_numbers) {
    FakeWorker worker(socket());
    start({{"mode", "service"}});
    greet(worker, 5);
    auto script = script_now(camera);
    play(worker, script, 5);
    eventually("two segments", [&] { return segments() == 2; });
    context->cameras.set_cameras({});
    context->bus.publish(CatalogueChanged{2});
    worker.receive_a<mp::RemoveStream>();
    eventually("no window", [&] { return !window(); });
    context->cameras.set_cameras({camera});
    context->bus.publish(CatalogueChanged{3});
    worker.receive_a<mp::UpsertStream>();
    worker.send(mp::StreamGone{camera.uuid + "/main"});
    auto again = script_now(camera);
    again.run = script.run + 1;
    again.next_chunk = script.next_chunk;
    again.next_number = script.next_number;
    play(worker, again, 3);
    eventually("a segment", [&] { return segments() == 1; });
    BOOST_TEST(window()->epoch == 5u);
    BOOST_TEST(window()->segments[0].number == 6u);
}

BOOST_AUTO_TEST_CASE(nonsense_is_counted_and_other_streams_go_on) {
    const Camera second = testing::make_camera(2);
    context->cameras.set_cameras({camera, second});
    FakeWorker worker(socket());
    start({{"mode", "service"}});
    greet(worker, 5);
    auto script = script_now(camera);
    worker.send(mp::Fragment{second.uuid + "/main", 1, 1, 0, 10, 0, 90'000, true, 1, 0, false});
    worker.send(mp::Chunk{second.uuid + "/main", 1});  // without a descriptor
    worker.send(mp::StreamState{"nobody asked for this", mp::StreamPhase::live});
    worker.send(mp::SyncBegin{});
    play(worker, script, 3);
    eventually("a segment", [&] { return segments() == 1; });
    BOOST_TEST(context->figures.value("gatehouse_media_worker_refused_facts") == 3);
    BOOST_TEST(!engine->window("nobody asked for this", StreamRole::kMain));
}

BOOST_AUTO_TEST_CASE(what_a_camera_says_is_shown_as_text_whatever_bytes_it_sent) {
    FakeWorker worker(socket());
    start({{"mode", "service"}});
    greet(worker, 5);
    worker.send(script_now(camera).state(mp::StreamPhase::offline, "it answers 500 caf\xE9 \xE2\x82"));
    eventually("offline", [&] { return context->cameras.live(camera).state == CameraLive::State::kOffline; });
    BOOST_TEST(context->cameras.live(camera).cause == "it answers 500 caf\xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_packet_end_the_connection_and_another_is_made) {
    FakeWorker worker(socket());
    start({{"mode", "service"}});
    greet(worker, 5);
    const std::string garbage(300, '\xff');
    BOOST_REQUIRE(::write(worker.raw_fd(), garbage.data(), garbage.size()) > 0);
    BOOST_TEST(worker.hung_up());
    greet(worker, 5);
    eventually("connected", [&] { return plugin->health().status == PluginHealth::Status::kOk; });
}

BOOST_AUTO_TEST_CASE(a_worker_that_does_not_greet_is_dropped) {
    FakeWorker worker(socket());
    start({{"mode", "service"}});
    worker.accept();
    worker.receive_sync();
    worker.send(mp::Pong{});
    BOOST_TEST(worker.hung_up());
    BOOST_TEST((plugin->health().status == PluginHealth::Status::kDegraded));
}

BOOST_AUTO_TEST_CASE(a_stream_without_readable_credentials_is_left_out) {
    Camera broken = testing::make_camera(2);
    broken.main.has_password = true;
    context->cameras.set_cameras({camera, broken});
    FakeWorker worker(socket());
    start({{"mode", "service"}});
    greet(worker, 5);
    BOOST_REQUIRE(synced.size() == 1u);
    BOOST_TEST(synced[0].stream_id == camera.uuid + "/main");
}

BOOST_AUTO_TEST_CASE(without_a_service_a_child_is_started_again_when_it_dies_and_ended_at_stop) {
    start({{"program", FAKE_CHILD}, {"streams_per_shard", "3"}});
    const auto starts = [&] {
        std::ifstream in(directory + "/media-child.sock.starts");
        std::vector<std::string> lines;
        for (std::string line; std::getline(in, line);) lines.push_back(line);
        return lines;
    };
    const auto pid_of = [](const std::string& line) { return std::stoi(line.substr(line.find(':') + 1)); };
    eventually("a child", [&] { return starts().size() == 1; });
    const auto first = starts()[0];
    BOOST_TEST(first.find("\"--die-with-parent\", \"--streams-per-shard\", \"3\"") != std::string::npos);
    ::kill(pid_of(first), SIGKILL);
    eventually("another child", [&] { return starts().size() == 2; });
    const int second = pid_of(starts()[1]);
    plugin->stop();
    started = false;
    BOOST_TEST(::kill(second, 0) == -1);
    BOOST_TEST(errno == ESRCH);
}

BOOST_AUTO_TEST_CASE(a_service_that_is_not_there_is_said_so_with_what_to_do) {
    start({{"mode", "service"}});
    eventually("trouble", [&] { return plugin->health().status == PluginHealth::Status::kDegraded; });
    const std::string said = plugin->health().summary;
    BOOST_TEST(
        said.find(socket() + ": No such file or directory; install the package gatehouse-media") != std::string::npos,
        said);
    BOOST_TEST(said.find("systemctl start gatehouse-media") != std::string::npos, said);
}

BOOST_AUTO_TEST_CASE(a_program_that_is_not_there_is_said_so) {
    start({{"mode", "child"}, {"program", directory + "/nothing"}});
    eventually("trouble", [&] { return plugin->health().summary.find("cannot be started") != std::string::npos; });
    BOOST_TEST((plugin->health().status == PluginHealth::Status::kDegraded));
}

BOOST_AUTO_TEST_SUITE_END()
