// Viewers of a stream whose first pictures are on their way: they are answered when these come, not sent away.
#pragma once

#include <gatehouse/clock.h>
#include <gatehouse/http.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "file_name.h"

namespace gatehouse::hls {

// A request that waits, with what its answer needs.
struct WaitingViewer {
    http::Responder responder;
    FileName file;
    std::int64_t camera_id = 0;
    std::string camera_uuid, address, user_agent, request_id;
    MonotonicTime since{}, until{};
};

// Thread-safe, non-blocking.
class WaitingRoom {
public:
    static constexpr std::size_t kMost = 16'384;  // in all

    // False where it is full; `viewer` is untouched then.
    bool enter(const std::string& camera_uuid, WaitingViewer& viewer);
    // Takes out those viewers of a camera, or of all cameras, for whom `leaves` is true.
    std::vector<WaitingViewer> take(const std::string& camera_uuid,
                                    const std::function<bool(const WaitingViewer&)>& leaves);
    std::vector<WaitingViewer> take_all(
        const std::function<bool(const std::string& camera_uuid, const WaitingViewer&)>& leaves);
    bool empty() const noexcept { return count_ == 0; }

private:
    std::mutex mutex_;
    std::unordered_map<std::string, std::vector<WaitingViewer>> by_camera_;
    std::atomic<std::size_t> count_{0};
};

}  // namespace gatehouse::hls
