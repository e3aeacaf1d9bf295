#include "hls/hls_engine.h"

#include <gatehouse/error.h>
#include <gatehouse/listeners.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

#include "hls/hls_reader.h"
#include "hls/reader_tools.h"

namespace gatehouse::mediamtx {
namespace {

// How far behind its time a request may come while there are many streams.
constexpr std::chrono::milliseconds kShortestPause{25};
constexpr std::chrono::seconds kAfterFailure{1};

// MediaMTX's own rule for the names of paths; nothing in them needs an escape in a URL.
bool is_path_name(std::string_view name) {
    if (name.empty() || name.size() > 255 || name.front() == '/' || name.back() == '/') return false;
    std::string_view rest = name;
    while (!rest.empty()) {
        const auto slash = std::min(rest.find('/'), rest.size());
        const std::string_view part = rest.substr(0, slash);
        const bool fine =
            !part.empty() && part != "." && part != ".." && std::all_of(part.begin(), part.end(), [](char c) {
                return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
                       c == '-' || c == '.';
            });
        if (!fine) return false;
        rest.remove_prefix(std::min(slash + 1, rest.size()));
    }
    return true;
}

}  // namespace

struct HlsEngine::State : std::enable_shared_from_this<HlsEngine::State> {
    using Reader = std::shared_ptr<HlsReader>;
    struct ByRole {
        Reader main, sub;
        Reader& at(StreamRole role) { return role == StreamRole::kMain ? main : sub; }
        const Reader& at(StreamRole role) const { return role == StreamRole::kMain ? main : sub; }
    };
    using Map = std::unordered_map<std::string, ByRole>;

    explicit State(Scheduler& given) : scheduler(given) {}

    Reader find(const std::string& camera_uuid, StreamRole role) const {
        std::shared_lock lock(mutex);
        const auto it = readers.find(camera_uuid);
        return it == readers.end() ? nullptr : it->second.at(role);
    }
    std::vector<Reader> all() const {
        std::vector<Reader> out;
        std::shared_lock lock(mutex);
        for (const auto& [uuid, roles] : readers)
            for (const Reader& reader : {roles.main, roles.sub})
                if (reader) out.push_back(reader);
        return out;
    }

    std::shared_ptr<const HlsOrigin> current_origin() const {
        std::shared_lock lock(mutex);
        return origin;
    }

    // The readers are looked at by then: one timer for all of them, which sleeps until one has something to do.
    void look_by(MonotonicTime when) {
        Registration old;  // dropped outside the lock
        std::lock_guard lock(timer_mutex);
        if (when >= next_look) return;
        if (looking)
            next_look = when;
        else
            old = arm(when);
    }
    void tick() {
        const auto now = tools->clock.monotonic_now();
        {
            std::lock_guard lock(timer_mutex);
            looking = true;
            last_look = now;
            next_look = MonotonicTime::max();
        }
        try {
            looked(look_at_all(now));
        } catch (...) {  // ends this turn only
            looked(now + kAfterFailure);
            throw;
        }
    }
    MonotonicTime look_at_all(MonotonicTime now) {
        auto next = MonotonicTime::max();
        for (const auto& reader : all()) {
            reader->tick(now);
            next = std::min(next, reader->next_look());
        }
        return next;
    }
    void looked(MonotonicTime next) {
        Registration old;  // dropped outside the lock
        std::lock_guard lock(timer_mutex);
        looking = false;
        old = arm(std::min(next, std::exchange(next_look, MonotonicTime::max())));
    }
    // Under timer_mutex. Returns the timer before.
    Registration arm(MonotonicTime when) {
        Registration next;
        if (!stopped && when != MonotonicTime::max()) {
            const auto pause = std::max(when, last_look + kShortestPause) - tools->clock.monotonic_now();
            const auto delay = std::chrono::ceil<std::chrono::milliseconds>(pause);
            try {
                next = scheduler.after("mediamtx.hls", std::max(delay, std::chrono::milliseconds(0)),
                                       [weak = weak_from_this()] {
                                           if (const auto self = weak.lock()) self->tick();
                                       });
                next_look = when;
            } catch (const Error&) {  // the plugin is being stopped, and so shall we be
            }
        }
        return std::exchange(timer, std::move(next));
    }

    Scheduler& scheduler;
    std::shared_ptr<const ReaderTools> tools;
    Listeners<const std::string&, StreamRole> listeners;
    mutable std::shared_mutex mutex;
    Map readers;
    std::shared_ptr<const HlsOrigin> origin;
    std::mutex timer_mutex;
    Registration timer;
    MonotonicTime next_look = MonotonicTime::max();  // what the timer is set to
    MonotonicTime last_look{};
    bool looking = false;  // the timer is set when that is over
    std::atomic<bool> stopped{false};
};

HlsEngine::HlsEngine(Parts parts, HlsOptions options) : state_(std::make_shared<State>(parts.scheduler)) {
    state_->tools = std::make_shared<const ReaderTools>(
        ReaderTools{parts.client, parts.clock, parts.logger, options, ReaderCounters(parts.metrics),
                    [weak = std::weak_ptr(state_)](const std::string& uuid, StreamRole role) {
                        if (const auto state = weak.lock()) state->listeners.tell(uuid, role);
                    },
                    [weak = std::weak_ptr(state_)](MonotonicTime when) {
                        if (const auto state = weak.lock()) state->look_by(when);
                    }});
}

HlsEngine::~HlsEngine() { stop(); }

void HlsEngine::set_origin(HlsOrigin origin) {
    auto shared = std::make_shared<const HlsOrigin>(std::move(origin));
    {
        std::unique_lock lock(state_->mutex);
        if (state_->origin && *state_->origin == *shared) return;
        state_->origin = shared;
    }
    for (const auto& reader : state_->all()) reader->set_origin(shared);
}

void HlsEngine::set_streams(const std::vector<HlsStream>& streams) {
    if (state_->stopped) return;
    State::Map next;
    std::vector<State::Reader> fresh, gone;
    bool any_always = false;
    {
        std::unique_lock lock(state_->mutex);
        for (const auto& stream : streams) {
            if (!is_path_name(stream.path_name)) {
                state_->tools->logger.error("this is no name of a MediaMTX path, its stream is left out: " +
                                            stream.path_name);
                continue;
            }
            any_always = any_always || stream.always;
            const auto known = state_->readers.find(stream.camera_uuid);
            State::Reader reader = known == state_->readers.end() ? nullptr : known->second.at(stream.role);
            if (reader && reader->stream().path_name == stream.path_name)
                reader->set_always(stream.always);
            else
                fresh.push_back(reader = std::make_shared<HlsReader>(state_->tools, stream));
            next[stream.camera_uuid].at(stream.role) = std::move(reader);
        }
        for (const auto& [uuid, roles] : state_->readers)
            for (const StreamRole role : {StreamRole::kMain, StreamRole::kSub}) {
                const auto& old = roles.at(role);
                const auto kept = next.find(uuid);
                if (old && (kept == next.end() || kept->second.at(role) != old)) gone.push_back(old);
            }
        state_->readers.swap(next);
    }
    for (const auto& reader : fresh) reader->set_origin(state_->current_origin());
    for (const auto& reader : gone) {
        const bool had_window = reader->window() != nullptr;
        reader->stop();
        if (had_window) state_->listeners.tell(reader->stream().camera_uuid, reader->stream().role);
    }
    if (any_always) state_->look_by(state_->tools->clock.monotonic_now());
}

void HlsEngine::stop() {
    if (state_->stopped.exchange(true)) return;
    for (const auto& reader : state_->all()) reader->stop();
    Registration timer;
    {
        std::lock_guard lock(state_->timer_mutex);
        timer = std::exchange(state_->timer, Registration());
    }
}

std::shared_ptr<const MediaWindow> HlsEngine::window(const std::string& camera_uuid, StreamRole role) const {
    const auto reader = state_->find(camera_uuid, role);
    return reader ? reader->window() : nullptr;
}

void HlsEngine::demand(const std::string& camera_uuid, StreamRole role) {
    const auto reader = state_->find(camera_uuid, role);
    if (reader && !state_->stopped) reader->demand(state_->tools->clock.monotonic_now());
}

void HlsEngine::try_once(const std::string& camera_uuid, StreamRole role) {
    const auto reader = state_->find(camera_uuid, role);
    if (reader && !state_->stopped) reader->try_once(state_->tools->clock.monotonic_now());
}

bool HlsEngine::wanted(const std::string& camera_uuid, StreamRole role) const {
    const auto reader = state_->find(camera_uuid, role);
    return reader && reader->demanded(state_->tools->clock.monotonic_now());
}

bool HlsEngine::coming(const std::string& camera_uuid, StreamRole role) const {
    const auto reader = state_->find(camera_uuid, role);
    return reader && reader->coming();
}

Registration HlsEngine::on_change(std::function<void(const std::string&, StreamRole)> changed) {
    return state_->listeners.add(std::move(changed));
}

void HlsEngine::fetch(const std::string& camera_uuid, StreamRole role, std::uint64_t run_id,
                      std::uint64_t segment_number, std::function<void(http::Body, std::exception_ptr)> done) {
    http::Body body;
    if (const auto now = window(camera_uuid, role)) {
        if (const auto* run = now->run(run_id); segment_number == 0 && run != nullptr) body = run->init;
        for (const auto& segment : now->segments)
            if (segment.number == segment_number) body = segment.body;
    }
    if (body.size() > 0) return done(std::move(body), nullptr);
    done({}, std::make_exception_ptr(Error(ErrorCode::kNotFound, "the segment has left the live window")));
}

}  // namespace gatehouse::mediamtx
