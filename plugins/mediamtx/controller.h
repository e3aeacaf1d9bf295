// Keeps MediaMTX as the catalogue wants it, and knows what it says of the cameras.
#pragma once

#include <Poco/Logger.h>
#include <gatehouse/back_off.h>
#include <gatehouse/catalogue.h>
#include <gatehouse/clock.h>
#include <gatehouse/error.h>
#include <gatehouse/http_client.h>
#include <gatehouse/metrics.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "api_client.h"
#include "breakers.h"
#include "engine_keeper.h"
#include "engine_version.h"
#include "live_table.h"
#include "log_book.h"
#include "settings.h"

namespace gatehouse::mediamtx {

// What /health and metrics show.
struct EngineStatus {
    bool reachable = false;
    bool starting = true;
    bool applying = false;       // a change is on its way to MediaMTX, or was not seen there yet
    std::uint64_t revision = 0;  // of the catalogue, plus one: up to there it is wanted
    std::string trouble;         // plain words, redacted; empty: none
    std::string version, started;
    std::string version_trouble;  // what an operator should know of the version
    std::size_t wanted = 0, refused = 0, foreign = 0, dead = 0;
    std::string drift;  // the difference that was seen last and is not mended yet
    std::uint64_t repairs = 0;
    UtcTime last_repair;
    std::string last_repair_why;
    double last_apply_s = 0;  // from giving MediaMTX a change to its listing every path
    EngineKeeper::Facts keeper;
};

// One thread does everything: decides, writes, asks. wake() and status() are thread-safe.
class Controller {
public:
    // Makes the mode's keeper on the controller's thread, which a child's life hangs on. May throw Error: it is tried
    // again.
    using MakeKeeper = std::function<std::unique_ptr<EngineKeeper>(ApiClient&, std::function<bool()> interrupted,
                                                                   std::function<double()> random)>;

    struct Outlets {
        std::function<void(HlsOrigin)> origin;                              // where the HLS engine reads
        std::function<void(std::vector<HlsStream>)> streams;                // and what
        std::function<void(const std::string& uuid, StreamRole)> try_once;  // a camera that was given up
        std::function<bool(const std::string& uuid, StreamRole)> wanted;    // tried or watched just now
        std::function<void(std::int64_t camera_id)> changed;                // a camera's state
    };
    struct Parts {
        HttpClient& client;
        const Clock& clock;
        Poco::Logger& logger;
        LogBook& log_book;
        LiveTable& live;
        Histogram& apply_seconds;
        std::function<std::shared_ptr<const CatalogueSnapshot>()> catalogue;
        OpenCredentials open;
    };

    Controller(const Settings& settings, Parts parts, Outlets outlets, MakeKeeper make_keeper);
    ~Controller();

    void start();
    // Something changed: look at once.
    void wake();
    // Ends a child of ours; blocks until the thread is gone.
    void stop();
    EngineStatus status() const;
    std::uint64_t api_calls() const { return api_.calls(); }
    std::uint64_t api_failures() const { return api_.failures(); }

private:
    void run();
    bool turn();     // false: no keeper yet
    void refresh();  // desired paths from the catalogue
    void publish_streams();
    void poll(MonotonicTime now);
    void poll_engine(MonotonicTime now);
    void meet();
    bool is_another(const EngineInfo& info) const;
    void check(MonotonicTime now);
    void note_applied(const PathItems& items, MonotonicTime now);
    void note_breakers(MonotonicTime now);
    void note_repair(const std::string& why);
    void fail(const Error& error);
    void fail(const std::string& why, bool gone, MonotonicTime now);
    void lose_sight(bool gone);
    void publish_origin();
    void tell(const std::vector<std::int64_t>& cameras);
    void settle(MonotonicTime now);
    void update_status();
    double random();

    Settings settings_;
    PullRules rules_;
    Parts parts_;
    Outlets outlets_;
    MakeKeeper make_keeper_;
    ApiClient api_;
    std::unique_ptr<EngineKeeper> keeper_;
    Breakers breakers_;
    std::uint64_t starts_ = 0;  // of a child, as known
    BackOff poll_back_off_, keeper_back_off_;
    std::mt19937_64 generator_;

    DesiredPaths desired_;
    bool refresh_due_ = true, met_ = false, settling_ = true;
    std::uint64_t revision_ = 0;
    std::optional<HlsOrigin> origin_;
    EngineStatus now_;
    MonotonicTime next_tick_{}, next_poll_{}, next_check_{}, applied_at_{}, last_answer_{}, settled_at_{},
        started_at_{};

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool woken_ = false, stopping_ = false;
    std::atomic<bool> interrupt_{false};
    EngineStatus status_;
    std::thread thread_;
};

}  // namespace gatehouse::mediamtx
