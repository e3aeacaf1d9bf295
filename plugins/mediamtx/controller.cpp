#include "controller.h"

#include <Poco/Exception.h>

#include <algorithm>
#include <utility>

#include "redaction.h"

namespace gatehouse::mediamtx {
namespace {

using namespace std::chrono_literals;

constexpr auto kBlindAfter = 8s;      // without an answer for so long nothing is known of the cameras
constexpr auto kStarting = 10s;       // no answer is no fault yet
constexpr auto kFirstSettling = 10s;  // polls are quick for so long after a change

PullRules rules_from(const Settings& settings) {
    PullRules rules;
    rules.always = settings.pull == Pull::kAlways;
    for (const auto& number : settings.pull_always) rules.always_cameras.insert(std::stoll(number));
    for (const auto& number : settings.pull_on_demand) rules.on_demand_cameras.insert(std::stoll(number));
    rules.all_ready = settings.keep_ready == std::vector<std::string>{"all"};
    if (!rules.all_ready)
        for (const auto& number : settings.keep_ready) rules.ready_cameras.insert(std::stoll(number));
    return rules;
}

std::string label_of(const DesiredPath& path, const CatalogueSnapshot& catalogue) {
    const Camera* camera = catalogue.find(path.camera_id);
    return "camera " + std::to_string(path.camera_id) + (camera ? " (" + camera->name + ")" : "") + " " +
           std::string(gatehouse::name(path.role));
}

std::map<std::string, std::string> labels_of(const DesiredPaths& desired, const CatalogueSnapshot& catalogue) {
    std::map<std::string, std::string> labels;
    for (const auto& [name, path] : desired.paths) labels.emplace(name, label_of(path, catalogue));
    return labels;
}

}  // namespace

Controller::Controller(const Settings& settings, Parts parts, Outlets outlets, MakeKeeper make_keeper)
    : settings_(settings),
      rules_(rules_from(settings)),
      parts_(std::move(parts)),
      outlets_(std::move(outlets)),
      make_keeper_(std::move(make_keeper)),
      api_(parts_.client, settings.api_timeout),
      breakers_(settings.dead_after, settings.dead_retry),
      poll_back_off_(settings.poll_settling, 3s),
      keeper_back_off_(500ms, 30s),
      generator_(std::random_device{}()) {}

Controller::~Controller() { stop(); }

void Controller::start() {
    started_at_ = last_answer_ = parts_.clock.monotonic_now();
    thread_ = std::thread([this] { run(); });
}

void Controller::wake() {
    interrupt_ = true;  // first: a turn that begins in between takes it back, and the next one refreshes
    {
        std::lock_guard lock(mutex_);
        woken_ = true;
    }
    wake_.notify_one();
}

void Controller::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    interrupt_ = true;
    api_.cancel();
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

EngineStatus Controller::status() const {
    std::lock_guard lock(mutex_);
    return status_;
}

double Controller::random() { return std::uniform_real_distribution<double>(0, 1)(generator_); }

void Controller::run() {
    for (;;) {
        bool have_keeper = false;
        try {
            have_keeper = turn();
        } catch (const Poco::Exception& e) {
            fail(redacted(e.message()), !keeper_, parts_.clock.monotonic_now());
        } catch (const std::exception& e) {
            fail(redacted(e.what()), !keeper_, parts_.clock.monotonic_now());
        }
        update_status();
        std::unique_lock lock(mutex_);
        if (stopping_) break;
        const auto next = have_keeper ? std::min({next_tick_, next_poll_, next_check_}) : next_tick_;
        wake_.wait_until(lock, next, [this] { return woken_ || stopping_; });
        refresh_due_ = refresh_due_ || std::exchange(woken_, false);
        if (stopping_) break;
    }
    keeper_.reset();  // a child ends here, on the thread that started it
}

bool Controller::turn() {
    MonotonicTime now = parts_.clock.monotonic_now();
    if (!keeper_) {
        next_tick_ = now + keeper_back_off_.next(random());
        keeper_ = make_keeper_(
            api_, [this] { return interrupt_.load(); }, [this] { return random(); });
        refresh_due_ = true;
    }
    interrupt_ = false;
    if (refresh_due_) refresh();
    if (parts_.log_book.take_api_change()) next_check_ = std::min(next_check_, now + 200ms);
    bool applied = false;
    next_tick_ = keeper_->tick(now, applied);
    if (applied) settle(now);
    if (const auto starts = keeper_->facts().starts; starts != std::exchange(starts_, starts)) {
        poll_back_off_.reset();  // it need not be waited for as if it were away
        next_poll_ = std::min(next_poll_, now + 100ms);
    }
    api_.set_place(keeper_->api());
    now = parts_.clock.monotonic_now();
    if (now >= next_poll_) poll(now);
    now = parts_.clock.monotonic_now();
    if (met_ && now >= next_check_) check(now);
    if (!met_) next_check_ = next_poll_;
    publish_origin();
    return true;
}

// The HLS reader's secret is good for as long as MediaMTX runs: it goes nowhere before who answers the API is known.
void Controller::publish_origin() {
    if (!met_) return;
    const auto origin = keeper_->origin();
    if (origin_ && *origin_ == origin) return;
    origin_ = origin;
    outlets_.origin(origin);
}

void Controller::settle(MonotonicTime now) {
    settling_ = true;
    applied_at_ = now;
    settled_at_ = now + kFirstSettling;
    next_poll_ = std::min(next_poll_, now + 100ms);
    next_check_ = now + settings_.settle;
}

void Controller::refresh() {
    refresh_due_ = false;
    const auto catalogue = parts_.catalogue();
    DesiredPaths desired = desired_paths(*catalogue, settings_.path_prefix, rules_, breakers_.given_up(), parts_.open);
    const MonotonicTime now = parts_.clock.monotonic_now();
    for (const auto& [name, path] : desired.paths) {
        const auto old = desired_.paths.find(name);
        // A camera whose address changed is a new chance; only on_demand is the breaker's own doing.
        if (old == desired_.paths.end() ||
            (old->second.config.source == path.config.source && old->second.config.transport == path.config.transport))
            continue;
        breakers_.forget(name);
        parts_.log_book.forget(name);
        refresh_due_ = refresh_due_ || path.config.on_demand != !path.pull_always;
    }
    if (refresh_due_) return refresh();
    breakers_.keep_only([&desired](const std::string& name) {
        const auto it = desired.paths.find(name);
        return it != desired.paths.end() && it->second.pull_always;
    });
    for (const auto& [name, why] : desired.refused)
        if (!desired_.refused.contains(name)) parts_.logger.error("path " + name + " is left out: " + why);
    parts_.log_book.set_labels(labels_of(desired, *catalogue));
    parts_.live.want(desired, now, parts_.clock.utc_now());
    if (!(desired.paths == desired_.paths) || revision_ == 0) {
        keeper_->want(desired.paths, now);
        next_check_ = std::min(next_check_, now);
    }
    desired_ = std::move(desired);
    revision_ = catalogue->revision + 1;
    publish_streams();
}

void Controller::publish_streams() {
    std::vector<HlsStream> streams;
    // To pull a camera all the time costs MediaMTX little; to make HLS of it costs half a per cent of a core and 15 MB.
    // So HLS is read while somebody watches, whatever the pulling, and always of chosen cameras only.
    for (const auto& [name, path] : desired_.paths)
        streams.push_back({path.camera_uuid, path.role, name, path.keep_ready && !breakers_.is_dead(name)});
    outlets_.streams(std::move(streams));
}

void Controller::poll(MonotonicTime now) {
    try {
        poll_engine(now);
    } catch (const Error& e) {
        fail(e);
    }
}

void Controller::poll_engine(MonotonicTime now) {
    if (!met_) {
        meet();
        publish_origin();  // whatever else of its API fails
    }
    const PathItems items = api_.paths();
    now = parts_.clock.monotonic_now();
    last_answer_ = now;
    if (!now_.reachable) parts_.logger.information("MediaMTX answers: " + now_.version);
    now_.reachable = true;
    now_.starting = false;
    now_.trouble.clear();
    poll_back_off_.reset();
    tell(parts_.live.look(
        items, [this](const std::string& path) { return parts_.log_book.cause(path); }, now, parts_.clock.utc_now()));
    for (const auto& path : parts_.live.states()) parts_.log_book.look(path.path, path.state, path.cause);
    note_applied(items, now);
    note_breakers(now);
    if (now >= settled_at_) {
        settling_ = false;
        applied_at_ = {};
    }
    next_poll_ = now + (settling_ ? settings_.poll_settling : settings_.poll);
}

// A MediaMTX that we have not talked to, or that was away.
void Controller::meet() {
    const auto info = api_.info();
    const auto version = info ? parse_version(info->version) : std::nullopt;
    if (info && !version)
        throw Error(ErrorCode::kBadUpstream, "what answers there is no MediaMTX: it names no version");
    now_.version = info ? version->text() : kTooOldToSay;
    now_.version_trouble = version ? version_trouble(*version) : old_trouble(kTooOldToSay);
    // Nothing is written into one that we do not know.
    if (version && !is_supported(*version)) throw Error(ErrorCode::kBadUpstream, now_.version_trouble);
    if (!now_.version_trouble.empty()) parts_.logger.warning(now_.version_trouble);
    now_.started = info ? redacted(info->started) : "";
    keeper_->met(info);
    met_ = true;
    settle(parts_.clock.monotonic_now());
    next_check_ = parts_.clock.monotonic_now();
}

// Every path is listed: the change has arrived.
void Controller::note_applied(const PathItems& items, MonotonicTime now) {
    const bool all = std::all_of(desired_.paths.begin(), desired_.paths.end(),
                                 [&items](const auto& path) { return items.contains(path.first); });
    if (!all && applied_at_.time_since_epoch().count() == 0)
        next_check_ = std::min(next_check_, now);  // somebody removed one
    if (!all || applied_at_.time_since_epoch().count() == 0) return;
    now_.last_apply_s = std::chrono::duration<double>(now - applied_at_).count();
    parts_.apply_seconds.observe(now_.last_apply_s);
    applied_at_ = {};
}

void Controller::note_breakers(MonotonicTime now) {
    bool changed = false;
    for (const auto& [name, live] : parts_.live.pulled_always()) {
        const bool given_up = breakers_.is_given_up(name);
        changed = breakers_.note(name, live, now, random()) || changed;
        const DesiredPath& path = desired_.paths.at(name);
        if (given_up && live && !outlets_.wanted(path.camera_uuid, path.role)) breakers_.forget(name);
        if (given_up == breakers_.is_given_up(name)) continue;
        if (!given_up)
            parts_.logger.warning(label_of(path, *parts_.catalogue()) +
                                  ": gave nothing for long; it is called less often now");
        changed = true;
        refresh_due_ = true;
        next_tick_ = now;
    }
    for (const auto& name : breakers_.due(now, random())) {
        const auto it = desired_.paths.find(name);
        if (it != desired_.paths.end()) outlets_.try_once(it->second.camera_uuid, it->second.role);
    }
    if (changed) publish_streams();
}

bool Controller::is_another(const EngineInfo& info) const {
    const auto version = parse_version(info.version);
    return redacted(info.started) != now_.started || !version || version->text() != now_.version;
}

void Controller::check(MonotonicTime now) {
    try {
        const auto info = api_.info();
        if (info && is_another(*info)) {
            parts_.logger.information("MediaMTX was started again, or is another one");
            met_ = false;
            next_poll_ = now;
            return;
        }
        const ConfiguredPaths actual = api_.configured_paths();
        PathPlan difference = plan(desired_.paths, actual, settings_.path_prefix);
        if (!keeper_->pending()) keeper_->inspect(api_, actual, difference);
        now = parts_.clock.monotonic_now();
        next_check_ = now + settings_.check;
        now_.foreign = difference.foreign;
        if (difference.empty()) {
            now_.drift.clear();
            keeper_->agreed();
            return;
        }
        const std::string words = describe(difference);
        now_.drift = words;
        if (refresh_due_ || interrupt_ || keeper_->pending()) {  // what is wanted is about to change, or to arrive
            now_.drift.clear();
            return;
        }
        if (!keeper_->repair(difference, actual, now)) {
            next_check_ = now + std::min<std::chrono::milliseconds>(settings_.check, 2s);
            return;
        }
        note_repair(words);
        settle(parts_.clock.monotonic_now());
    } catch (const Error& e) {
        fail(e);
    }
}

void Controller::fail(const Error& error) {
    const MonotonicTime now = parts_.clock.monotonic_now();
    fail(redacted(error.message()), error.error_code() == ErrorCode::kUnreachable, now);
    if (error.error_code() != ErrorCode::kUnauthorized || !keeper_->shut_out(now)) return;
    note_repair("the authentication of its API");
}

void Controller::note_repair(const std::string& why) {
    ++now_.repairs;
    now_.last_repair = parts_.clock.utc_now();
    now_.last_repair_why = why;
    next_tick_ = parts_.clock.monotonic_now();
}

// gone: there is no MediaMTX, rather than one that answers nothing of use.
void Controller::fail(const std::string& why, bool gone, MonotonicTime now) {
    {
        std::lock_guard lock(mutex_);
        if (stopping_) return;
    }
    met_ = false;
    if (keeper_) keeper_->lost(now);
    // Nobody is told the secret who took its port.
    if (gone && origin_) {
        origin_.reset();
        outlets_.origin({});
    }
    now_.starting = now_.starting && now - started_at_ < kStarting;
    if (now_.trouble != why && !now_.starting) parts_.logger.warning("MediaMTX: " + why);
    now_.trouble = why;
    const bool was_reachable = std::exchange(now_.reachable, false);
    if (was_reachable) poll_back_off_.reset();
    next_poll_ = next_check_ = now + poll_back_off_.next(random());
    if (now - last_answer_ >= kBlindAfter) lose_sight(gone);
}

// Its API stalls and fails by itself while pictures flow (mediamtx.md section 9): then nothing is known of the cameras.
void Controller::lose_sight(bool gone) {
    const auto state = now_.starting ? CameraLive::State::kConnecting
                       : gone        ? CameraLive::State::kOffline
                                     : CameraLive::State::kUnknown;
    const std::string cause = now_.starting ? "waiting for MediaMTX"
                              : gone        ? "MediaMTX is not running"
                                            : "MediaMTX does not answer";
    tell(parts_.live.lose_sight(state, cause, parts_.clock.utc_now()));
}

void Controller::tell(const std::vector<std::int64_t>& cameras) {
    for (const auto id : cameras) outlets_.changed(id);
}

void Controller::update_status() {
    now_.wanted = desired_.paths.size();
    now_.refused = desired_.refused.size();
    now_.dead = breakers_.dead();
    if (keeper_) now_.keeper = keeper_->facts();
    now_.applying = refresh_due_ || (keeper_ && keeper_->pending()) || applied_at_.time_since_epoch().count() != 0;
    now_.revision = revision_;
    std::lock_guard lock(mutex_);
    status_ = now_;
}

}  // namespace gatehouse::mediamtx
