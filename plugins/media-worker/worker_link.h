// The connection to the media worker: found as a service or started as a child, kept for ever.
#pragma once

#include <Poco/Logger.h>
#include <gatehouse/back_off.h>
#include <gatehouse/child_process.h>
#include <gatehouse/media_protocol/channel.h>
#include <gatehouse/unique_fd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "desired_streams.h"
#include "worker_model.h"

namespace gatehouse::media_worker {

struct LinkOptions {
    enum class Mode {
        kAuto,     // the service where its socket answers, else a child
        kService,  // only the service
        kChild,    // only a child
    };
    Mode mode = Mode::kAuto;
    std::string service_socket;
    std::string child_socket;
    std::vector<std::string> child_command;
    // In automatic mode a socket that exists but does not answer belongs to a service that is being started.
    std::chrono::milliseconds service_patience{5'000};
    std::chrono::milliseconds first_retry{100}, longest_retry{5'000};
};

struct LinkStatus {
    bool connected = false;
    bool child = false;  // the worker is ours
    std::uint32_t worker_pid = 0;
    std::string worker_version;
    std::string trouble;  // why there is no connection; plain words
    std::uint64_t connections = 0;
    std::uint64_t child_starts = 0;
    std::uint64_t refused_facts = 0;
    std::size_t shards = 0;
};

// One thread reads and writes the worker's socket; nobody else touches it or the model.
class WorkerLink {
public:
    WorkerLink(LinkOptions options, std::function<DesiredStreams()> desired, WorkerModel& model, Poco::Logger& logger);
    ~WorkerLink();  // stop()
    WorkerLink(const WorkerLink&) = delete;
    WorkerLink& operator=(const WorkerLink&) = delete;

    void start();
    // The desired streams may have changed. Thread-safe, does not block.
    void wake() noexcept;
    // Ends the connection and a worker of our own. Blocks up to a few seconds.
    void stop();
    LinkStatus status() const;  // thread-safe

private:
    using Socket = UniqueFd;
    enum class Outcome { kGoOn, kDrop };

    void run();
    Socket obtain();
    Socket obtain_service();
    Socket obtain_child();
    void serve(Socket socket);
    bool send_everything(media_protocol::Channel& channel);
    bool send_changes(media_protocol::Channel& channel);
    Outcome read(media_protocol::Channel& channel);
    Outcome take(media_protocol::Channel::Received& received);
    // Waits until `timeout`, wake(), or something happens on the channel.
    void wait(const media_protocol::Channel* channel, std::chrono::milliseconds timeout);
    DesiredStreams read_desired();
    void set_trouble(const std::string& trouble);

    const LinkOptions options_;
    const std::function<DesiredStreams()> desired_;
    WorkerModel& model_;
    Poco::Logger& logger_;
    UniqueFd wake_fd_;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> changed_{false};

    // Of the thread.
    BackOff back_off_;
    ChildProcess child_;
    DesiredStreams sent_;
    bool acknowledged_ = false;
    std::chrono::steady_clock::time_point service_wanted_since_{};
    std::chrono::steady_clock::time_point last_heard_{};

    mutable std::mutex status_mutex_;
    LinkStatus status_;
    std::thread thread_;
};

}  // namespace gatehouse::media_worker
