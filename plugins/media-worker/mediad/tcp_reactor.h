#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <gatehouse/unique_fd.h>

#include "breadcrumbs.h"
#include "receiver.h"
#include "rtsp_session.h"

namespace gatehouse::mediad {

class TcpConnection;

/// Reads all RTSP/TCP sessions of a process in one thread: packets go through their tracks into their sinks there.
/// Public functions are thread-safe and do not block.
class TcpReactor {
public:
    explicit TcpReactor(Breadcrumbs& crumbs);  ///< throws std::system_error
    ~TcpReactor();
    TcpReactor(const TcpReactor&) = delete;
    TcpReactor& operator=(const TcpReactor&) = delete;

    /// Takes the session over. The result names it for remove().
    std::uint64_t add(RtspSession session, std::shared_ptr<MediaSink> sink);

    /// Says good-bye to the camera and forgets the session, soon.
    void remove(std::uint64_t id);

private:
    using Clock = std::chrono::steady_clock;

    void post(std::function<void()> call);
    void run();
    void run_calls();
    void read(std::uint64_t id);
    void drop(std::uint64_t id);
    int keep_sessions_alive();

    Breadcrumbs& crumbs_;
    UniqueFd epoll_;
    UniqueFd wake_;
    std::atomic<std::uint64_t> next_id_{1};
    std::mutex mutex_;
    std::vector<std::function<void()>> calls_;
    bool stopping_ = false;
    std::map<std::uint64_t, std::unique_ptr<TcpConnection>> connections_;  // of the thread
    std::vector<std::byte> buffer_;
    std::thread thread_;
};

}  // namespace gatehouse::mediad
