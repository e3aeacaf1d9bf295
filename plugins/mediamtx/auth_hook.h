// MediaMTX's auth hook: a listener of its own on loopback that answers from memory.
//
// MediaMTX calls it inside the loop that serves every stream: a hook that took 15 s was measured to stall readers and
// API for 40 s. So it waits for nothing, asks nobody, least of all MediaMTX, and one thread of its own serves every
// connection as its bytes come: who sends them slowly holds up nobody.
//
// It speaks TLS and plain HTTP on its one port, whichever the other side begins with: MediaMTX holds it to its
// certificate from v1.16.1 on, and older ones cannot.
#pragma once

#include <gatehouse/metrics.h>

#include <atomic>
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
    // With one more, the oldest that has said nothing is closed, else the oldest.
    static constexpr std::size_t kMostConnections = 256;

    struct Counts {
        Counter& allowed;
        Counter& denied;
        Counter& refused;    // not from MediaMTX: wrong path, method or body, too slow, too many
        Histogram& seconds;  // of what was answered, from the connection on
    };

    // Listens on 127.0.0.1, on `port` where that is free, else on any free one. `certificate` holds its key, too, in
    // PEM. Throws Error: kUnavailable where it cannot listen, kInternal where the certificate is none.
    // `pass` opens the API besides the rules; may be null.
    AuthHook(std::uint16_t port, const std::string& secret, const std::string& certificate, AuthRules rules,
             std::shared_ptr<CallPass> pass, Counts counts);
    ~AuthHook();

    std::uint16_t port() const;
    // From now on; thread-safe.
    void set_rules(AuthRules rules);
    // 127.0.0.1:<port>/<secret>: what its URL has behind "https://" or "http://".
    static std::string place(std::uint16_t port, const std::string& secret);
    // Connections are closed; no thread is left. Not thread-safe; blocks until the answer under way is computed.
    void stop();

private:
    class Listener;
    std::shared_ptr<std::atomic<std::shared_ptr<const AuthRules>>> rules_;
    std::unique_ptr<Listener> listener_;
    std::uint16_t port_ = 0;
};

}  // namespace gatehouse::mediamtx
