// MediaMTX's auth hook: a listener of its own on loopback that answers from memory.
//
// MediaMTX calls it inside the loop that serves every stream: a hook that took 15 s was measured to stall readers and
// API for 40 s. So it waits for nothing, asks nobody, least of all MediaMTX, and one thread of its own serves every
// connection as its bytes come: who sends them slowly holds up nobody.
#pragma once

#include <gatehouse/metrics.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "auth_request.h"
#include "call_pass.h"

namespace gatehouse::mediamtx {

class AuthHook {
public:
    // From the connection to the last byte of the answer; then it is closed.
    static constexpr std::chrono::seconds kWholeExchange{1};
    // With one more, the oldest is closed: MediaMTX sends its whole request at once, so its is never that.
    static constexpr std::size_t kMostConnections = 64;

    struct Counts {
        Counter& allowed;
        Counter& denied;
        Counter& refused;    // not from MediaMTX: wrong path, method or body, too slow, too many
        Histogram& seconds;  // of what was answered, from the connection on
    };

    // Listens on 127.0.0.1, on `port` where that is free, else on any free one. Throws Error(kUnavailable).
    // `pass` opens the API besides the rules; may be null.
    AuthHook(std::uint16_t port, std::string secret, AuthRules rules, std::shared_ptr<CallPass> pass, Counts counts);
    ~AuthHook();

    std::uint16_t port() const;
    // http://127.0.0.1:<port>/<secret>
    std::string url() const;
    // Connections are closed; no thread is left. Not thread-safe; blocks until the answer under way is computed.
    void stop();

private:
    class Listener;
    std::unique_ptr<Listener> listener_;
    std::string path_;
    std::uint16_t port_ = 0;
};

}  // namespace gatehouse::mediamtx
