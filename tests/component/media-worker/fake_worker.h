// The worker's end of the protocol, with real sockets and real memfds, in the test's hand.
#pragma once

#include <gatehouse/media_protocol/channel.h>
#include <gatehouse/media_protocol/socket.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace gatehouse::media_worker::test {

namespace mp = media_protocol;

// A memfd as the worker makes them.
class TestChunk {
public:
    explicit TestChunk(bool sealed = true) : fd_(::memfd_create("test-chunk", MFD_CLOEXEC | MFD_ALLOW_SEALING)) {
        if (sealed) ::fcntl(fd_.get(), F_ADD_SEALS, F_SEAL_SHRINK);
    }
    // Returns where it was put.
    std::uint64_t append(const std::string& bytes) {
        const std::uint64_t at = size_;
        if (::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(at)) < 0)
            throw std::runtime_error("pwrite");
        size_ += bytes.size();
        return at;
    }
    int fd() const { return fd_.get(); }
    UniqueFd duplicate() const { return fd_.duplicate(); }

private:
    UniqueFd fd_;
    std::uint64_t size_ = 0;
};

// Makes the facts of one stream: one-second fragments of ten bytes, a keyframe every `gop` fragments, a new chunk every
// `chunk_fragments`.
struct StreamScript {
    std::string id;
    std::uint64_t run = 1;
    std::uint64_t next_number = 1, next_chunk = 1;
    std::int64_t clock_us = 1'767'225'600'000'000;
    std::uint64_t gop = 2, chunk_fragments = 4;
    std::uint64_t in_chunk = 0, in_gop = 0;
    bool announce_ends = false;  // Fragment::ends_gop, as the worker does; without it segments come a fragment later
    std::optional<TestChunk> chunk = {};

    mp::RunBegin run_begin() const {
        mp::RunBegin message;
        message.stream_id = id;
        message.run_id = run;
        message.video_codec = "avc1.42C01F";
        message.audio_codec = "mp4a.40.2";
        message.width = 1280;
        message.height = 720;
        message.started_us = clock_us;
        const std::string init = "init " + std::to_string(run);
        for (const char c : init) message.init_section.push_back(static_cast<std::byte>(c));
        return message;
    }
    mp::StreamState state(mp::StreamPhase phase, std::string cause = {}) const {
        mp::StreamState message;
        message.stream_id = id;
        message.phase = phase;
        message.since_us = clock_us;
        message.cause_text = std::move(cause);
        message.video_codec = "avc1.42C01F";
        message.width = 1280;
        message.height = 720;
        return message;
    }
    // Set when the next fragment needs a chunk of its own: send it first, with chunk->fd().
    std::optional<mp::Chunk> next_chunk_message() {
        const bool due = !chunk || (in_chunk >= chunk_fragments && in_gop == 0);
        if (!due) return std::nullopt;
        chunk.emplace();
        in_chunk = 0;
        return mp::Chunk{id, next_chunk++};
    }
    mp::Fragment next_fragment() {
        std::string bytes = "fragment" + std::to_string(100 + next_number % 100).substr(1);
        mp::Fragment message;
        message.stream_id = id;
        message.run_id = run;
        message.chunk_id = next_chunk - 1;
        message.offset_bytes = chunk->append(bytes);
        message.size_bytes = static_cast<std::uint32_t>(bytes.size());
        message.duration = 90'000;
        message.keyframe = in_gop == 0;
        message.number = next_number++;
        message.wallclock_us = clock_us;
        clock_us += 1'000'000;
        in_gop = (in_gop + 1) % gop;
        message.ends_gop = announce_ends && in_gop == 0;
        ++in_chunk;
        return message;
    }
};

// Listens at `path`; the test accepts, reads and sends. Throws std::runtime_error when a deadline passes.
class FakeWorker {
public:
    explicit FakeWorker(const std::string& path) : listener_(mp::listen_at(path, 0600)) {}

    void accept() {
        wait_for(listener_.get());
        channel_.emplace(mp::accept_from(listener_));
    }
    void hang_up() { channel_.reset(); }
    void send(const mp::Message& message, int fd = -1) {
        if (!channel_->send(message, fd)) throw std::runtime_error("the gateway is gone");
    }
    // Fragments with the chunks they need.
    void send_fragments(StreamScript& script, int count) {
        for (int i = 0; i < count; ++i) {
            if (const auto chunk = script.next_chunk_message()) send(*chunk, script.chunk->fd());
            send(script.next_fragment());
        }
    }
    // The next message; pings are left out.
    mp::Message receive() {
        for (;;) {
            auto got = channel_->receive();
            switch (got.event) {
                case mp::Channel::Event::message:
                    if (!std::holds_alternative<mp::Ping>(*got.message)) return *got.message;
                    break;
                case mp::Channel::Event::nothing:
                    wait_for(channel_->fd());
                    break;
                case mp::Channel::Event::skipped:
                    break;
                default:
                    throw std::runtime_error("the gateway hung up: " + got.reason);
            }
        }
    }
    template <class M>
    M receive_a() {
        const auto message = receive();
        if (const auto* wanted = std::get_if<M>(&message)) return *wanted;
        throw std::runtime_error("another message than expected, number " + std::to_string(message.index()));
    }
    // Hello, SyncBegin, the upserts, SyncEnd.
    std::vector<mp::UpsertStream> receive_sync() {
        receive_a<mp::Hello>();
        receive_a<mp::SyncBegin>();
        std::vector<mp::UpsertStream> streams;
        for (;;) {
            const auto message = receive();
            if (std::holds_alternative<mp::SyncEnd>(message)) return streams;
            streams.push_back(std::get<mp::UpsertStream>(message));
        }
    }
    // True once the gateway has hung up.
    bool hung_up() {
        for (;;) {
            const auto got = channel_->receive();
            if (got.event == mp::Channel::Event::closed) return true;
            if (got.event == mp::Channel::Event::nothing) wait_for(channel_->fd());
        }
    }
    int raw_fd() const { return channel_->fd(); }

private:
    static void wait_for(int fd) {
        pollfd watched{fd, POLLIN, 0};
        if (::poll(&watched, 1, 10'000) <= 0) throw std::runtime_error("nothing came within 10 s");
    }

    UniqueFd listener_;
    std::optional<mp::Channel> channel_;
};

}  // namespace gatehouse::media_worker::test
