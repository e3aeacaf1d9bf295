// MediaMTX's auth hook: a listener of its own on loopback that answers from memory.
//
// MediaMTX calls it inside the loop that serves every stream: a hook that took 15 s was measured to stall readers and
// API for 40 s. So it waits for nothing, asks nobody, least of all MediaMTX, and has threads of its own.
#pragma once

#include <Poco/Net/HTTPServer.h>
#include <Poco/ThreadPool.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include <gatehouse/metrics.h>

#include "auth_request.h"

namespace gatehouse::mediamtx {

class AuthHook {
public:
    struct Counts {
        Counter& allowed;
        Counter& denied;
        Counter& refused;  // not from MediaMTX: wrong path, method or body
        Histogram& seconds;
    };

    // Listens on 127.0.0.1, on `port` where that is free, else on any free one. Throws Error(kUnavailable).
    AuthHook(std::uint16_t port, std::string secret, AuthRules rules, Counts counts);
    ~AuthHook();

    std::uint16_t port() const;
    // http://127.0.0.1:<port>/<secret>
    std::string url() const;
    // Connections are closed; what is being answered is waited for.
    void stop();

    struct Shared;

private:
    std::shared_ptr<Shared> shared_;
    Poco::ThreadPool threads_;
    std::unique_ptr<Poco::Net::HTTPServer> server_;
    std::uint16_t port_ = 0;
};

}  // namespace gatehouse::mediamtx
