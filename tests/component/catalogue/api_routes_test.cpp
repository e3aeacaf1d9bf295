// The core's routes on a real catalogue, called without sockets.
#define BOOST_TEST_MODULE api_routes
#include <gatehouse/testing/fake_router.h>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <thread>

#include "accounts/anonymous_accounts.h"
#include "api/api.h"
#include "api/json_body.h"
#include "cache/cache_registry.h"
#include "catalogue/random_id.h"
#include "catalogue/schema.h"
#include "db/database_pool.h"
#include "events/event_bus.h"
#include "exec/worker_pool.h"
#include "metrics/metrics_registry.h"

using namespace gatehouse;
using namespace gatehouse::catalogue;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

const Caller kAdmin{Caller::Kind::kAdminSocket, "uid 0 (root)"};

struct House {
    fs::path folder = fs::temp_directory_path() / ("gatehouse-api-" + random_uuid());
    SystemClock clock;
    Poco::Logger& logger = Poco::Logger::get("test");
    metrics::MetricsRegistry metrics;
    exec::WorkerPool workers{{.threads = 2, .queue_per_owner = 256}};
    std::optional<db::DatabasePool> database;
    std::unique_ptr<Database> core;
    events::EventBus events{workers, metrics, logger};
    cache::CacheRegistry caches{{}, clock, metrics};
    MasterKey key{MasterKey::Bytes{}};
    accounts::AnonymousAccounts people;
    std::optional<CatalogueStore> catalogue;
    testing::FakeRouter router;

    House() {
        fs::create_directories(folder);
        db::DbOptions options;
        options.path = (folder / "gatehouse.db").string();
        database.emplace(std::move(options), clock, workers, metrics, logger);
        core = database->open_for(database_identity());
        catalogue.emplace(*core, key, events, caches, clock, logger);
    }
    ~House() {
        catalogue.reset();
        core.reset();
        database->close();
        fs::remove_all(folder);
    }
    api::ApiDependencies dependencies() {
        return {router, *catalogue, people, caches, *database, events, clock, logger, "1.2.3", {}, {}, {}, {}, {}, {}};
    }
    Camera add(const std::string& name) {
        CameraChange change;
        change.name = name;
        change.visibility = "public";
        change.main.url = std::optional<std::string>("rtsp://u:p@192.0.2.1/a");
        return catalogue->create_camera(change, "test");
    }
    Poco::JSON::Object::Ptr json(const testing::FakeAnswer& answer) const {
        return api::parse_json_object(answer.text());
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(api_routes, House)

BOOST_AUTO_TEST_CASE(every_changing_route_names_its_audit_action_and_admits_administrators_only) {
    auto all = dependencies();
    all.reload = [] { return api::ReloadReport{}; };
    const auto routes = api::register_api(all);
    std::set<std::string> actions;
    for (const auto& route : router.routes()) {
        const bool reads = route->methods == std::vector{http::Method::kGet};
        BOOST_TEST(reads == route->cache.has_value(), route->name);
        BOOST_TEST(reads == route->audit_action.empty(), route->name);
        if (reads) continue;
        BOOST_TEST((route->access == http::Access::kAdmin || route->audit_action.starts_with("cache.")), route->name);
        BOOST_TEST((route->access != http::Access::kPublic), route->name);
        BOOST_TEST(route->body_limit_bytes <= 65536u);
        actions.insert(route->audit_action);
    }
    for (const char* action : {"camera.create", "camera.update", "camera.remove", "camera.rotate_key", "area.create",
                               "area.update", "area.remove", "config.reload", "db.backup", "cache.clear"})
        BOOST_TEST(actions.contains(action), action);
}

BOOST_AUTO_TEST_CASE(online_and_addresses_come_from_the_plugins) {
    const auto routes = api::register_api(dependencies());
    const Camera camera = add("Gate");
    const auto engine = catalogue->provide_live("builtin", [](const Camera&) {
        CameraLive live;
        live.state = CameraLive::State::kLive;
        live.since = {1'771'500'000'000'000};
        live.video_codec = "avc1.64001F";
        live.width = 1280;
        live.height = 720;
        return live;
    });
    const auto url =
        catalogue->provide_stream_url("hls", [](const Camera& c) { return "/hls/" + c.stream_key + "/index.m3u8"; });
    const auto stream = json(router.get("/api/stream"))->getArray("data")->getObject(0);
    BOOST_TEST(stream->getValue<int>("is_online") == 1);
    BOOST_TEST(stream->getObject("streams")->getValue<std::string>("hls") ==
               "/hls/" + camera.stream_key + "/index.m3u8");
    const auto data = json(router.get("/api/live"))->getObject("data");
    BOOST_TEST(data->getValue<std::string>("engine") == "builtin");
    const auto live = data->getArray("cameras")->getObject(0);
    BOOST_TEST(live->getValue<std::string>("state") == "live");
    BOOST_TEST(live->getValue<std::string>("since") == "2026-02-19T11:20:00.000Z");
    BOOST_TEST(live->getValue<std::string>("video_codec") == "avc1.64001F");
    BOOST_TEST(live->getValue<int>("width") == 1280);
    const auto shown = json(router.call({.path = "/api/admin/status", .caller = kAdmin}))->getObject("data");
    BOOST_TEST(shown->getObject("cameras")->getValue<int>("live") == 1);
}

BOOST_AUTO_TEST_CASE(a_change_of_state_drops_cached_answers_that_show_it) {
    const auto routes = api::register_api(dependencies());
    std::vector<std::string> tags;
    for (const auto& route : router.routes())
        if (route->name == "stream.list") tags = route->cache->tags;
    auto cache = caches.make<int>("test.answers", {});
    cache.set("stream", std::make_shared<const int>(1), 4, tags);
    events.publish(CameraLiveChanged{1, CameraLive::State::kLive});
    const auto deadline = clock.monotonic_now() + 10s;
    while (cache.find("stream") && clock.monotonic_now() < deadline) std::this_thread::yield();
    BOOST_TEST(!cache.find("stream"));
}

BOOST_AUTO_TEST_CASE(a_camera_whose_password_does_not_open_says_so) {
    const auto routes = api::register_api(dependencies());
    const Camera camera = add("Gate");
    core->write("test.tamper", Durability::kSync,
                [](WriteTx& tx) { tx.prepare("UPDATE core_camera SET main_password = x'01'").run(); })
        .get();
    catalogue.reset();
    catalogue.emplace(*core, key, events, caches, clock, logger);
    const auto again = api::register_api(dependencies());
    const auto live = json(router.get("/api/live"))->getObject("data")->getArray("cameras")->getObject(0);
    BOOST_TEST(live->getValue<std::string>("state") == "offline");
    BOOST_TEST(live->getValue<std::string>("cause") == "the master key does not open the stored password");
    const auto shown = json(router.call({.path = "/api/cameras/1", .caller = kAdmin}))->getObject("data");
    BOOST_TEST(shown->getValue<std::string>("credentials_problem").find("'Gate'") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(health_says_degraded_and_shows_details_here_only) {
    auto given = dependencies();
    given.health = [] {
        Poco::JSON::Object::Ptr details(new Poco::JSON::Object);
        details->set("plugins", "two are down");
        return api::HealthReport{true, details};
    };
    const auto routes = api::register_api(given);
    const auto world = json(router.get("/health"));
    BOOST_TEST(world->getValue<std::string>("status") == "degraded");
    BOOST_TEST(!world->has("plugins"));
    BOOST_TEST(!world->has("version"));
    for (const auto& here : {router.call({.path = "/health", .client = "127.0.0.1"}),
                             router.call({.path = "/health", .caller = kAdmin})}) {
        BOOST_TEST(json(here)->getValue<std::string>("plugins") == "two are down");
        BOOST_TEST(json(here)->getValue<std::string>("version") == "1.2.3");
    }
    for (const auto& route : router.routes())
        if (route->name == "health") BOOST_TEST((route->lane == http::Lane::kLoop));
}

BOOST_AUTO_TEST_CASE(what_the_host_does_not_offer_has_no_route) {
    const auto routes = api::register_api(dependencies());
    for (const char* path : {"/metrics", "/api/admin/plugins", "/api/admin/config"})
        BOOST_TEST(router.call({.path = path, .caller = kAdmin}).status() == 404, path);
    BOOST_TEST(router.call({.method = http::Method::kPost, .path = "/api/admin/reload", .caller = kAdmin}).status() ==
               404);
}

BOOST_AUTO_TEST_CASE(a_refused_reload_is_409_with_its_reasons) {
    auto given = dependencies();
    given.reload = [] { return api::ReloadReport{false, {"gatehouse.yaml:3:1: unknown key"}}; };
    const auto routes = api::register_api(given);
    const auto answer = router.call({.method = http::Method::kPost, .path = "/api/admin/reload", .caller = kAdmin});
    BOOST_TEST(answer.status() == 409);
    BOOST_TEST(json(answer)->getArray("messages")->getElement<std::string>(0) == "gatehouse.yaml:3:1: unknown key");
}

BOOST_AUTO_TEST_CASE(an_unexpected_failure_is_500_without_its_text) {
    auto given = dependencies();
    given.config_text = []() -> std::string { throw std::runtime_error("rtsp://u:p@h"); };
    const auto routes = api::register_api(given);
    const auto answer = router.call({.path = "/api/admin/config", .caller = kAdmin});
    BOOST_TEST(answer.status() == 500);
    BOOST_TEST(json(answer)->getValue<std::string>("message") == "Internal server error");
}

BOOST_AUTO_TEST_SUITE_END()
