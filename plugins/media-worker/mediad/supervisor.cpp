#include "supervisor.h"

#include <poll.h>
#include <sys/random.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "causes.h"
#include "log.h"
#include "process.h"
#include "stream_url.h"
#include "utc.h"

namespace gatehouse::mediad {

namespace mp = media_protocol;

namespace {

constexpr std::chrono::seconds kStatsPeriod{10};
constexpr std::chrono::milliseconds kShutDownPatience{3'000};

std::uint64_t random_id() {
    std::uint64_t id = 0;
    while (::getrandom(&id, sizeof(id), 0) != static_cast<ssize_t>(sizeof(id)) || id == 0) {
    }
    return id;
}

/// A new name in the log is no reason to interrupt a pull.
bool same_pull(mp::UpsertStream a, const mp::UpsertStream& b) {
    a.label = b.label;
    return a == b;
}

std::unique_ptr<GatewayLink> make_link(GatewayLink::Listener& listener, const SupervisorOptions& options) {
    if (options.connected_fd >= 0) return std::make_unique<GatewayLink>(listener, UniqueFd(options.connected_fd));
    return std::make_unique<GatewayLink>(listener, options.socket_path);
}

}  // namespace

Supervisor::Supervisor(const SupervisorOptions& options)
    : signals_(take_signals()),
      boot_id_(random_id()),
      shards_(*this, options.streams_per_shard),
      gateway_(make_link(*this, options)) {}

Supervisor::~Supervisor() = default;

StreamRecord::Emit Supervisor::to_gateway(const std::string& stream_id) {
    if (replay_.awaits(stream_id)) return [](const mp::Message&, int) {};
    return [this](const mp::Message& message, int fd) { gateway_->send(message, fd); };
}

void Supervisor::go_on_with_replay() {
    replay_.go_on(
        records_.all(), [this] { return gateway_->has_room(); },
        [this](const mp::Message& message, int fd) { gateway_->send(message, fd); });
}

int Supervisor::run() {
    sd_notify(0, "READY=1\nSTATUS=waiting for the gateway");
    std::vector<pollfd> watched;
    for (;;) {
        const Clock::time_point now = Clock::now();
        Clock::time_point due = shards_.tick(now);
        tell_watchdog(now);
        tell_stats(now);
        due = std::min({due, next_stats_, next_watchdog_});

        watched.assign({{signals_.get(), POLLIN, 0}});
        gateway_->add_poll(watched);
        shards_.add_poll(watched);
        const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(due - Clock::now()).count() + 1;
        if (::poll(watched.data(), watched.size(), static_cast<int>(std::clamp<long>(wait, 0, 5'000))) < 0) continue;

        if (!handle_signals()) break;
        shards_.handle(watched);
        gateway_->handle(watched);
        gateway_->tick(Clock::now());
        go_on_with_replay();
        if (gateway_->finished()) break;
    }
    sd_notify(0, "STOPPING=1");
    shards_.shut_down(kShutDownPatience);
    log(Level::info, "", "ended");
    return 0;
}

bool Supervisor::handle_signals() {
    for (int signal = next_signal(signals_); signal != 0; signal = next_signal(signals_)) {
        if (signal == SIGTERM || signal == SIGINT) return false;
        if (signal == SIGCHLD) shards_.reap(Clock::now());
    }
    return true;
}

void Supervisor::tell_watchdog(Clock::time_point now) {
    if (now < next_watchdog_) return;
    std::uint64_t period_us = 0;
    if (sd_watchdog_enabled(0, &period_us) > 0) {
        sd_notify(0, "WATCHDOG=1");
        next_watchdog_ = now + std::chrono::microseconds(period_us / 2);
    } else {
        next_watchdog_ = now + std::chrono::hours(1);
    }
}

void Supervisor::tell_stats(Clock::time_point now) {
    mp::WorkerStats stats = shards_.stats();
    if (now < next_stats_ && stats == last_stats_) return;
    next_stats_ = now + kStatsPeriod;
    if (stats != last_stats_) {
        const std::string status = "STATUS=" + std::to_string(records_.all().size()) + " streams in " +
                                   std::to_string(stats.shards.size()) + " media processes";
        sd_notify(0, status.c_str());
    }
    last_stats_ = std::move(stats);
    gateway_->send(last_stats_);
}

void Supervisor::shard_said(mp::Message message, UniqueFd fd) {
    const auto record = [this](const std::string& id) { return records_.find(id); };
    const auto emit = [this](const StreamRecord& r) { return to_gateway(r.wanted().stream_id); };
    if (auto* state = std::get_if<mp::StreamState>(&message)) {
        if (StreamRecord* r = record(state->stream_id)) r->take(std::move(*state), emit(*r));
    } else if (auto* run = std::get_if<mp::RunBegin>(&message)) {
        if (StreamRecord* r = record(run->stream_id)) r->take(std::move(*run), emit(*r));
    } else if (auto* chunk = std::get_if<mp::Chunk>(&message)) {
        if (StreamRecord* r = record(chunk->stream_id)) r->take(*chunk, std::move(fd), emit(*r));
    } else if (auto* fragment = std::get_if<mp::Fragment>(&message)) {
        if (StreamRecord* r = record(fragment->stream_id)) r->take(std::move(*fragment), emit(*r));
    }
}

void Supervisor::stream_interrupted(const std::string& stream_id) {
    if (StreamRecord* record = records_.find(stream_id)) record->shard_lost(utc_now_us(), to_gateway(stream_id));
}

void Supervisor::gateway_greeted(const std::string& name) {
    log(Level::info, "",
        "gateway '" + name + "' greets; it is told of " + std::to_string(records_.all().size()) + " streams");
    gateway_->send(mp::HelloAck{boot_id_, static_cast<std::uint32_t>(::getpid()), GATEHOUSE_VERSION});
    replay_.begin(records_.all());
    gateway_->send(last_stats_);
}

void Supervisor::wanted(mp::UpsertStream stream) {
    const auto [record, is_new] = records_.want(stream, utc_now_us());
    if (!is_new && same_pull(record.wanted(), stream)) return;
    record.set_wanted(stream);
    mp::StreamState state = record.state();
    state.phase = mp::StreamPhase::connecting;
    state.since_us = utc_now_us();
    state.cause = Cause::none;
    state.cause_text.clear();
    if (const auto objection = object_to_url(stream.url)) {
        state.phase = mp::StreamPhase::offline;
        state.cause = Cause::bad_url;
        state.cause_text = *objection;
        record.set_state(std::move(state), to_gateway(stream.stream_id));
        return shards_.remove(stream.stream_id);
    }
    record.set_state(std::move(state), to_gateway(stream.stream_id));
    shards_.upsert(stream);
}

void Supervisor::unwanted(const std::string& stream_id) {
    if (!records_.let_go(stream_id)) return;
    replay_.forget(stream_id);
    shards_.remove(stream_id);
    gateway_->send(mp::StreamGone{stream_id});
}

std::set<std::string> Supervisor::known_streams() const {
    std::set<std::string> ids;
    for (const auto& [id, record] : records_.all()) ids.insert(id);
    return ids;
}

}  // namespace gatehouse::mediad
