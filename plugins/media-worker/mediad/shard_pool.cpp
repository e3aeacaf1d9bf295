#include "shard_pool.h"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include "log.h"

namespace gatehouse::mediad {

namespace mp = media_protocol;

namespace {

// Crashes further apart than this are not in a row.
constexpr std::chrono::minutes kRow{10};
// A shard that hangs keeps its cameras "live" for ever.
constexpr std::chrono::seconds kBetweenPings{5};
constexpr unsigned kMostUnanswered = 4;

}  // namespace

ShardPool::ShardPool(Listener& listener, std::size_t streams_per_shard)
    : listener_(listener), streams_per_shard_(std::clamp<std::size_t>(streams_per_shard, 1, 64)) {}

ShardPool::~ShardPool() { shut_down(std::chrono::milliseconds(0)); }

ShardPool::Shard* ShardPool::shard_of(const std::string& stream_id) {
    for (const auto& shard : shards_)
        if (shard->streams.contains(stream_id)) return shard.get();
    return nullptr;
}

ShardPool::Shard& ShardPool::add_shard() { return *shards_.emplace_back(std::make_unique<Shard>()); }

ShardPool::Shard& ShardPool::place() {
    Shard* best = nullptr;
    for (const auto& shard : shards_) {
        if (shard->reserved || shard->terminating() || shard->streams.size() >= streams_per_shard_) continue;
        if (best == nullptr || shard->streams.size() < best->streams.size()) best = shard.get();
    }
    return best != nullptr ? *best : add_shard();
}

void ShardPool::upsert(const mp::UpsertStream& wanted) {
    wanted_[wanted.stream_id] = wanted;
    Shard* shard = shard_of(wanted.stream_id);
    if (shard == nullptr) {
        shard = &place();
        shard->streams.insert(wanted.stream_id);
    }
    send(*shard, wanted);
}

void ShardPool::remove(const std::string& stream_id) {
    wanted_.erase(stream_id);
    isolation_.forget(stream_id);
    Shard* shard = shard_of(stream_id);
    if (shard == nullptr) return;
    shard->streams.erase(stream_id);
    send(*shard, mp::RemoveStream{stream_id});
    if (shard->streams.empty() && shard->running()) shard->terminate();
    drop_empty_shards();
}

void ShardPool::drop_empty_shards() {
    std::erase_if(shards_, [](const auto& shard) { return shard->streams.empty() && !shard->running(); });
}

void ShardPool::send(Shard& shard, const mp::Message& message) {
    if (shard.channel() != nullptr && !shard.channel()->send(message)) give_up(shard, "it does not take its orders");
}

/// Counted, not timed: while this process was held up it sent none, and then reads what came before it asks again.
void ShardPool::ping(Shard& shard, Clock::time_point now) {
    if (now < shard.next_ping || shard.channel() == nullptr || shard.terminating()) return;
    if (shard.unanswered >= kMostUnanswered) return give_up(shard, "it does not answer");
    shard.next_ping = now + kBetweenPings;
    ++shard.unanswered;
    send(shard, mp::Ping{});
}

/// A shard that cannot be talked to is of no use; its end is noticed by reap().
void ShardPool::give_up(Shard& shard, const std::string& why) {
    log(Level::error, "", "media shard " + std::to_string(shard.pid()) + " is ended: " + why);
    shard.drop_channel();
    shard.kill();
}

void ShardPool::start(Shard& shard, Clock::time_point now) {
    try {
        shard.start(now);
    } catch (const std::system_error& error) {
        log(Level::error, "", error.what());
        return shard.ended(true, now);
    }
    log(Level::info, "",
        "media shard " + std::to_string(shard.pid()) + " started with " + std::to_string(shard.streams.size()) +
            " streams");
    for (const std::string& id : shard.streams) send(shard, wanted_.at(id));
}

ShardPool::Clock::time_point ShardPool::tick(Clock::time_point now) {
    Clock::time_point next = now + std::chrono::seconds(5);
    for (const auto& shard : shards_) {
        if (shard->due(now)) start(*shard, now);
        ping(*shard, now);
        if (!shard->running() && !shard->streams.empty()) next = std::min(next, shard->start_at());
    }
    return next;
}

void ShardPool::reap(Clock::time_point now) {
    int status = 0;
    for (pid_t pid = ::waitpid(-1, &status, WNOHANG); pid > 0; pid = ::waitpid(-1, &status, WNOHANG)) {
        const auto found =
            std::find_if(shards_.begin(), shards_.end(), [pid](const auto& s) { return s->pid() == pid; });
        if (found != shards_.end()) shard_ended(**found, status, now);
    }
    drop_empty_shards();
}

void ShardPool::shard_ended(Shard& shard, int status, Clock::time_point now) {
    // What it sent before it ended still counts.
    if (shard.channel() != nullptr) read(shard);
    const bool asked = shard.terminating();
    if (!asked) {
        log(Level::error, "",
            "media shard " + std::to_string(shard.pid()) + " ended: " +
                (WIFSIGNALED(status) ? std::string(::strsignal(WTERMSIG(status)))
                                     : "exit code " + std::to_string(WEXITSTATUS(status))) +
                "; its " + std::to_string(shard.streams.size()) + " streams are interrupted");
        isolate(shard, now);
    }
    shard.ended(!asked, now);
    const auto interrupted = shard.streams;
    for (const std::string& id : interrupted) listener_.stream_interrupted(id);
}

void ShardPool::isolate(Shard& shard, Clock::time_point now) {
    if (now - shard.started_at() > kRow) shard.unexplained_crashes = 0;
    const auto suspects = shard.suspects();
    shard.unexplained_crashes = suspects.size() == 1 ? 0 : shard.unexplained_crashes + 1;
    const Isolation::Verdict verdict = isolation_.judge(shard.streams, suspects, shard.unexplained_crashes);
    for (const std::string& id : verdict.own_shard) {
        log(Level::warning, wanted_.at(id).label, "gets a media process of its own: it brought one down twice");
        Shard& own = add_shard();
        own.reserved = true;
        move(shard, own, id);
    }
    if (verdict.move_out.empty()) return;
    log(Level::warning, "", "media shard " + std::to_string(shard.pid()) + " is split to find the stream that ends it");
    shard.unexplained_crashes = 0;
    Shard& other = add_shard();
    for (const std::string& id : verdict.move_out) move(shard, other, id);
}

void ShardPool::move(Shard& from, Shard& to, const std::string& stream_id) {
    from.streams.erase(stream_id);
    to.streams.insert(stream_id);
    listener_.stream_interrupted(stream_id);
}

void ShardPool::add_poll(std::vector<pollfd>& watched) {
    for (const auto& shard : shards_) {
        mp::Channel* channel = shard->channel();
        if (channel != nullptr)
            watched.push_back({channel->fd(), static_cast<short>(POLLIN | (channel->wants_write() ? POLLOUT : 0)), 0});
    }
}

void ShardPool::handle(const std::vector<pollfd>& watched) {
    for (std::size_t i = 0; i < shards_.size(); ++i) {
        Shard& shard = *shards_[i];
        if (shard.channel() == nullptr) continue;
        const int fd = shard.channel()->fd();
        const bool ready =
            std::any_of(watched.begin(), watched.end(), [fd](const pollfd& p) { return p.fd == fd && p.revents != 0; });
        if (!ready) continue;
        read(shard);
        if (shard.channel() != nullptr && !shard.channel()->flush()) give_up(shard, "its channel is broken");
    }
}

void ShardPool::read(Shard& shard) {
    while (shard.channel() != nullptr) {
        mp::Channel::Received got = shard.channel()->receive();
        switch (got.event) {
            case mp::Channel::Event::message:
                shard.unanswered = 0;
                listener_.shard_said(std::move(*got.message), std::move(got.fd));
                break;
            case mp::Channel::Event::skipped:
                break;
            case mp::Channel::Event::nothing:
                return;
            case mp::Channel::Event::closed:
                return shard.drop_channel();  // reap() follows
            case mp::Channel::Event::refused:
                return give_up(shard, got.reason);
        }
    }
}

mp::WorkerStats ShardPool::stats() const {
    mp::WorkerStats stats;
    for (const auto& shard : shards_) {
        if (stats.shards.size() == mp::kMaxShards) break;
        stats.shards.push_back({static_cast<std::uint32_t>(shard->pid()),
                                static_cast<std::uint32_t>(shard->streams.size()), shard->restarts()});
    }
    return stats;
}

void ShardPool::shut_down(std::chrono::milliseconds patience) {
    for (const auto& shard : shards_) shard->terminate();
    const auto deadline = Clock::now() + patience;
    const auto any_running = [this] {
        return std::any_of(shards_.begin(), shards_.end(), [](const auto& s) { return s->running(); });
    };
    const auto collect = [this](int flags) {
        for (const auto& shard : shards_)
            if (shard->running() && ::waitpid(shard->pid(), nullptr, flags) != 0) shard->ended(false, Clock::now());
    };
    for (collect(WNOHANG); any_running() && Clock::now() < deadline; collect(WNOHANG))
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    for (const auto& shard : shards_) shard->kill();
    collect(0);
    shards_.clear();
}

}  // namespace gatehouse::mediad
