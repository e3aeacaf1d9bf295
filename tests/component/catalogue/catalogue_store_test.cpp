// The catalogue on a real database, with the real caches and events.
#define BOOST_TEST_MODULE catalogue_store
#include "catalogue/catalogue_store.h"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <mutex>
#include <optional>
#include <thread>

#include <gatehouse/error.h>

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

MasterKey key_of(unsigned char byte) {
    MasterKey::Bytes bytes{};
    bytes.fill(std::byte{byte});
    return MasterKey(bytes);
}

// What a subscriber was told, for a test that waits for it.
template <class T>
class Inbox {
public:
    void put(T value) {
        const std::lock_guard lock(mutex_);
        values_.push_back(std::move(value));
        changed_.notify_all();
    }
    std::vector<T> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        BOOST_REQUIRE(changed_.wait_for(lock, 10s, [&] { return values_.size() >= count; }));
        return values_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<T> values_;
};

struct House {
    fs::path folder = fs::temp_directory_path() / ("gatehouse-catalogue-" + random_uuid());
    SystemClock clock;
    Poco::Logger& logger = Poco::Logger::get("test");
    metrics::MetricsRegistry metrics;
    exec::WorkerPool pool{{.threads = 2, .queue_per_owner = 256}};
    std::optional<db::DatabasePool> database;
    std::unique_ptr<Database> core;
    std::optional<events::EventBus> events;
    std::optional<cache::CacheRegistry> caches;
    std::optional<MasterKey> key;
    std::optional<CatalogueStore> store;

    House() {
        fs::create_directories(folder);
        open(1);
    }
    ~House() {
        close();
        fs::remove_all(folder);
    }
    void open(unsigned char key_byte) {
        db::DbOptions options;
        options.path = (folder / "gatehouse.db").string();
        database.emplace(std::move(options), clock, pool, metrics, logger);
        core = database->open_for(database_identity());
        events.emplace(pool, metrics, logger);
        caches.emplace(cache::CacheRegistry::Options{}, clock, metrics);
        key.emplace(key_of(key_byte));
        store.emplace(*core, *key, *events, *caches, clock, logger);
    }
    void close() {
        store.reset();
        key.reset();
        caches.reset();
        events.reset();
        core.reset();
        if (database) database->close();
        database.reset();
    }
    void reopen(unsigned char key_byte = 1) {
        close();
        open(key_byte);
    }

    Camera add(const std::string& name, const std::string& url = "rtsp://admin:s3cret-word@192.0.2.1/a") {
        CameraChange change;
        change.name = name;
        change.main.url = std::optional(url);
        return store->create_camera(change, "uid 0 (root)");
    }
    Area add_area(const std::string& name) {
        AreaChange change;
        change.name = name;
        return store->create_area(change, "uid 0 (root)");
    }
    std::string bytes_on_disk() const {
        std::string all;
        for (const auto& entry : fs::directory_iterator(folder)) {
            std::ifstream in(entry.path(), std::ios::binary);
            all.append(std::istreambuf_iterator<char>(in), {});
        }
        return all;
    }
};

template <class Action>
std::pair<ErrorCode, std::string> failure_of(Action action) {
    try {
        action();
    } catch (const Error& failure) {
        return {failure.error_code(), failure.message()};
    }
    BOOST_FAIL("nothing was refused");
    return {};
}

CameraChange renamed(const std::string& name) {
    CameraChange change;
    change.name = name;
    return change;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(catalogue_store, House)

BOOST_AUTO_TEST_CASE(a_created_camera_is_in_the_snapshot_and_survives_a_restart) {
    const Camera made = add("Gate");
    BOOST_TEST(made.id == 1);
    const auto check = [&] {
        const auto snapshot = store->snapshot();
        const Camera* camera = snapshot->find(made.id);
        BOOST_REQUIRE(camera);
        BOOST_TEST(camera->name == "Gate");
        BOOST_TEST(camera->uuid == made.uuid);
        BOOST_TEST(camera->main.url == "rtsp://192.0.2.1/a");
        BOOST_TEST(camera->main.user == "admin");
        BOOST_TEST(camera->main.has_password);
        BOOST_TEST((camera->visibility == Visibility::kArea));
        BOOST_TEST(snapshot->find_by_stream_key(made.stream_key) == camera);
        BOOST_TEST(snapshot->find_by_uuid(made.uuid) == camera);
        BOOST_TEST(store->credentials(*camera, StreamRole::kMain).password == "s3cret-word");
    };
    check();
    reopen();
    check();
}

BOOST_AUTO_TEST_CASE(no_credential_lies_in_the_files_in_the_clear) {
    const Camera made = add("Gate", "rtsp://operator-name:s3cret-word@192.0.2.1/a");
    CameraChange change;
    change.sub.url = std::optional<std::string>("rtsp://192.0.2.1/b");
    change.sub.user = std::optional<std::string>("other-operator");
    change.sub.password = std::optional<std::string>("an0ther-word");
    store->update_camera(made.id, change, "uid 0 (root)");
    close();
    const std::string bytes = bytes_on_disk();
    BOOST_TEST(bytes.find("192.0.2.1") != std::string::npos);
    for (const char* secret : {"s3cret-word", "an0ther-word", "operator-name", "other-operator"})
        BOOST_TEST(bytes.find(secret) == std::string::npos, secret);
}

BOOST_AUTO_TEST_CASE(a_sub_stream_on_the_same_host_uses_the_main_streams_credentials) {
    const Camera made = add("Gate");
    const auto sub_password = [&](const char* url) {
        CameraChange change;
        change.sub.url = std::optional<std::string>(url);
        const Camera camera = store->update_camera(made.id, change, "uid 0 (root)");
        return store->credentials(camera, StreamRole::kSub).password;
    };
    BOOST_TEST(sub_password("rtsp://192.0.2.1:8554/b") == "s3cret-word");
    BOOST_TEST(sub_password("rtsp://192.0.2.99/b") == "");
    BOOST_TEST(sub_password("rtsp://u:own@192.0.2.1/b") == "own");
}

BOOST_AUTO_TEST_CASE(numbers_are_never_used_again) {
    add("one");
    const Camera two = add("two");
    store->remove_camera(two.id, "uid 0 (root)");
    BOOST_TEST(!store->snapshot()->find(two.id));
    reopen();
    BOOST_TEST(add("three").id == two.id + 1);
    const Area area = add_area("a");
    store->remove_area(area.id, "uid 0 (root)");
    BOOST_TEST(add_area("b").id == area.id + 1);
}

BOOST_AUTO_TEST_CASE(cameras_behind_tunnels_come_last) {
    CameraChange change;
    change.is_tunnel = true;
    const Camera first = add("first"), second = add("second");
    store->update_camera(first.id, change, "uid 0 (root)");
    BOOST_TEST(store->snapshot()->cameras.front().id == second.id);
    BOOST_TEST(store->snapshot()->cameras.back().id == first.id);
}

BOOST_AUTO_TEST_CASE(a_rotated_key_replaces_the_old_one) {
    const Camera made = add("Gate");
    const Camera rotated = store->rotate_stream_key(made.id, "uid 0 (root)");
    BOOST_TEST(rotated.stream_key != made.stream_key);
    BOOST_TEST(!store->snapshot()->find_by_stream_key(made.stream_key));
    BOOST_TEST(store->snapshot()->find_by_stream_key(rotated.stream_key)->id == made.id);
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_not_found) {
    for (const auto& refused :
         {failure_of([&] { store->update_camera(9, renamed("x"), ""); }),
          failure_of([&] { store->remove_camera(9, ""); }), failure_of([&] { store->rotate_stream_key(9, ""); })}) {
        BOOST_TEST((refused.first == ErrorCode::kNotFound));
        BOOST_TEST(refused.second == "Camera not found");
    }
    BOOST_TEST(failure_of([&] { store->remove_area(9, ""); }).second == "Area not found");
}

BOOST_AUTO_TEST_CASE(a_refused_change_changes_nothing) {
    const Camera made = add("Gate");
    const auto before = store->snapshot();
    CameraChange change = renamed("Door");
    change.latitude = std::optional<double>(200);
    change.area_id = std::optional<std::int64_t>(77);
    try {
        store->update_camera(made.id, change, "", {{"enabled", "enabled must be true, false, 0 or 1"}});
        BOOST_FAIL("accepted");
    } catch (const ValidationError& failure) {
        BOOST_TEST(failure.errors().size() == 3u);
        BOOST_TEST(failure.errors()[0].field == "enabled");
    }
    BOOST_TEST(failure_of([&] { store->update_camera(made.id, {}, ""); }).second == "No fields to update");
    BOOST_TEST(store->snapshot().get() == before.get());
}

BOOST_AUTO_TEST_CASE(an_area_in_use_cannot_be_removed) {
    const Area area = add_area("North");
    CameraChange change;
    change.area_id = std::optional(area.id);
    const Camera one = add("one"), two = add("two");
    store->update_camera(one.id, change, "");
    store->update_camera(two.id, change, "");
    const auto refused = failure_of([&] { store->remove_area(area.id, ""); });
    BOOST_TEST((refused.first == ErrorCode::kInvalidArgument));
    BOOST_TEST(refused.second == "Cannot delete area. It is currently assigned to 2 cameras.");
    BOOST_TEST(store->snapshot()->find_area(area.id));
    change.area_id = std::optional<std::int64_t>();
    store->update_camera(one.id, change, "");
    store->remove_camera(two.id, "");
    store->remove_area(area.id, "");
    BOOST_TEST(!store->snapshot()->find_area(area.id));
}

BOOST_AUTO_TEST_CASE(area_names_are_unique) {
    const Area north = add_area("North");
    const Area south = add_area("South");
    BOOST_TEST(failure_of([&] { add_area("North"); }).second == "Area name already exists");
    AreaChange change;
    change.name = "North";
    BOOST_TEST(failure_of([&] { store->update_area(south.id, change, ""); }).second == "Area name already exists");
    change.rt = "05";
    BOOST_TEST(store->update_area(north.id, change, "").rt == "05");
}

BOOST_AUTO_TEST_CASE(facts_tell_who_changed_what_without_secrets) {
    Inbox<RecordedFact> inbox;
    const Registration subscription =
        core->subscribe("test", "camera.", [&](const RecordedFact& fact) { inbox.put(fact); });
    const Camera made = add("Gate");
    CameraChange change = renamed("Door");
    change.main.password = std::optional<std::string>("n3w-word");
    store->update_camera(made.id, change, "uid 0 (root)");
    store->update_camera(made.id, renamed("Door"), "uid 0 (root)");  // nothing changes, nothing is told
    store->remove_camera(made.id, "uid 0 (root)");
    const auto facts = inbox.wait_for(3);
    BOOST_TEST(facts[0].fact.type == "camera.created");
    BOOST_TEST(facts[0].fact.subject == made.uuid);
    BOOST_TEST(facts[1].fact.type == "camera.updated");
    BOOST_TEST(facts[1].fact.payload ==
               R"j({"id":1,"name":"Door","actor":"uid 0 (root)","changed":["rtsp_password","name"]})j");
    BOOST_TEST(facts[2].fact.type == "camera.removed");
    for (const auto& each : facts) {
        BOOST_TEST(each.fact.payload.find("-word") == std::string::npos);
        BOOST_TEST(each.source == "core");
    }
}

BOOST_AUTO_TEST_CASE(cached_answers_are_gone_when_a_change_returns) {
    const auto cache = caches->make<int>("test.answers", {});
    auto shared = cache;
    const auto fill = [&](std::vector<std::string> tags) {
        shared.set("k", std::make_shared<const int>(1), 4, std::move(tags));
    };
    const Camera made = add("Gate");
    for (const std::string& tag : {std::string("cameras"), std::string("areas"), "camera:" + std::to_string(made.id)}) {
        fill({tag});
        BOOST_REQUIRE(cache.find("k"));
        store->update_camera(made.id, renamed("Gate " + tag), "");
        BOOST_TEST(!cache.find("k"), tag);
    }
}

BOOST_AUTO_TEST_CASE(listeners_are_told_of_the_new_revision) {
    Inbox<std::uint64_t> inbox;
    const Registration subscription = events->subscribe<CatalogueChanged>(
        "test", 16, Overflow::kDropOldest, [&](const CatalogueChanged& event) { inbox.put(event.revision); });
    add("Gate");
    BOOST_TEST(inbox.wait_for(1).front() == store->snapshot()->revision);
}

BOOST_AUTO_TEST_CASE(another_master_key_leaves_cameras_listed_and_says_so) {
    const Camera made = add("Gate");
    reopen(2);
    const auto snapshot = store->snapshot();
    const Camera* camera = snapshot->find(made.id);
    BOOST_REQUIRE(camera);
    BOOST_TEST(camera->main.has_password);
    const auto refused = failure_of([&] { (void)store->credentials(*camera, StreamRole::kMain); });
    BOOST_TEST(refused.second.find("'Gate'") != std::string::npos);
    BOOST_TEST(refused.second.find("another key") != std::string::npos);
    CameraChange change;
    change.main.url = std::optional<std::string>("rtsp://admin:fresh@192.0.2.1/a");
    BOOST_TEST(store->credentials(store->update_camera(made.id, change, ""), StreamRole::kMain).password == "fresh");
}

BOOST_AUTO_TEST_CASE(a_secret_copied_to_another_camera_does_not_open_there) {
    const Camera one = add("one"), two = add("two", "rtsp://admin:other@192.0.2.2/a");
    core->write("test.tamper", Durability::kSync,
                [](WriteTx& tx) {
                    tx.prepare(
                          "UPDATE core_camera SET main_password = (SELECT main_password FROM core_camera WHERE id = 1) "
                          "WHERE id = 2")
                        .run();
                })
        .get();
    reopen();
    const auto refused =
        failure_of([&] { (void)store->credentials(*store->snapshot()->find(two.id), StreamRole::kMain); });
    BOOST_TEST(refused.second.find("changed or moved") != std::string::npos);
    BOOST_TEST(store->credentials(*store->snapshot()->find(one.id), StreamRole::kMain).password == "s3cret-word");
}

BOOST_AUTO_TEST_CASE(a_plugin_reads_the_view_and_nothing_behind_it) {
    add("Gate");
    const auto plugin = database->open_for({"nosy", "nosy_", {}});
    const auto name = plugin->read("test.view", [](ReadTx& tx) {
        auto& row = tx.prepare("SELECT name FROM v_camera");
        BOOST_REQUIRE(row.step());
        auto text = row.text(0);
        row.reset();
        return text;
    });
    BOOST_TEST(name == "Gate");
    BOOST_CHECK_THROW(
        plugin->read("test.table", [](ReadTx& tx) { tx.prepare("SELECT main_password FROM core_camera").step(); }),
        Error);
    BOOST_CHECK_THROW(
        plugin->read("test.column", [](ReadTx& tx) { tx.prepare("SELECT main_url FROM v_camera").step(); }), Error);
    BOOST_CHECK_THROW(
        plugin
            ->write("test.write", Durability::kNormal, [](WriteTx& tx) { tx.prepare("DELETE FROM core_camera").run(); })
            .get(),
        Error);
    BOOST_TEST(store->snapshot()->cameras.size() == 1u);
}

BOOST_AUTO_TEST_CASE(simultaneous_changes_end_in_one_state_that_is_the_databases) {
    std::vector<std::int64_t> ids;
    for (int i = 0; i < 4; ++i) ids.push_back(add("camera " + std::to_string(i)).id);
    std::vector<std::future<void>> writers;
    for (const auto id : ids)
        writers.push_back(std::async(std::launch::async, [&, id] {
            for (int i = 1; i <= 10; ++i) {
                const std::string name = std::to_string(id) + "/" + std::to_string(i);
                store->update_camera(id, renamed(name), "");
                const auto snapshot = store->snapshot();  // one's own change shows at once
                if (snapshot->find(id)->name != name) throw std::runtime_error("stale snapshot");
            }
        }));
    for (auto& each : writers) BOOST_CHECK_NO_THROW(each.get());
    const auto before = store->snapshot();
    reopen();
    for (const auto id : ids) {
        BOOST_TEST(before->find(id)->name == std::to_string(id) + "/10");
        BOOST_TEST(store->snapshot()->find(id)->name == before->find(id)->name);
    }
}

BOOST_AUTO_TEST_CASE(live_state_comes_from_one_engine_and_defaults_without) {
    const Camera made = add("Gate");
    BOOST_TEST((store->live(made).state == CameraLive::State::kUnknown));
    BOOST_TEST(store->engine_name().empty());
    BOOST_TEST(!store->stream_url("hls", made));
    {
        const Registration engine = store->provide_live("builtin", [](const Camera&) {
            CameraLive live;
            live.state = CameraLive::State::kLive;
            return live;
        });
        const Registration url =
            store->provide_stream_url("hls", [](const Camera& c) { return "/hls/" + c.stream_key; });
        BOOST_TEST((store->live(made).state == CameraLive::State::kLive));
        BOOST_TEST(store->engine_name() == "builtin");
        BOOST_TEST(store->stream_url("hls", made).value() == "/hls/" + made.stream_key);
        BOOST_TEST(!store->stream_url("webrtc", made));
        BOOST_TEST((failure_of([&] {
                        (void)store->provide_live("other", [](const Camera&) { return CameraLive{}; });
                    }).first == ErrorCode::kConflict));
    }
    BOOST_TEST(store->engine_name().empty());
    const Registration broken =
        store->provide_live("broken", [](const Camera&) -> CameraLive { throw std::runtime_error("x"); });
    BOOST_TEST((store->live(made).state == CameraLive::State::kUnknown));
    BOOST_TEST(!store->live(made).cause.empty());
}

BOOST_AUTO_TEST_SUITE_END()
