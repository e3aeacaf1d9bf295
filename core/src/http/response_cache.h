// Stored answers of routes that declare a CachePolicy: one handler run per miss, shared by GET and HEAD.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

#include <gatehouse/cache.h>
#include <gatehouse/http.h>

#include "http/call_sink.h"

namespace gatehouse::http {

class Exchange;
struct FrontShared;

// Thread-safe.
//
// The key is the normalised path and the declared query parameters that are present, sorted. Only answers with status
// 200 and no fields of their own are stored; anything else goes to everybody who waited for it, without those fields
// (they were meant for one client) except to the one whose request ran the handler.
class ResponseCache {
public:
    ResponseCache(Caches& caches, FrontShared& shared, std::chrono::milliseconds public_ttl);

    // Loop thread. Answers the exchange now or later; false where the request is not one to cache (a key too long).
    bool serve(Exchange& exchange);
    void set_public_ttl(std::chrono::milliseconds ttl) noexcept { public_ttl_ms_ = ttl.count(); }

private:
    class Fill;
    static std::string_view key_of(const Exchange& exchange, std::string& storage);
    void load(Exchange& exchange, CacheStore::Finish finish);

    const std::shared_ptr<CacheStore> store_;
    FrontShared& shared_;
    std::atomic<std::int64_t> public_ttl_ms_;
};

// Calls the exchange's handler on its lane; `sink` gets the answer, 503 where the worker lane is full.
void start_handler(Exchange& exchange, const std::shared_ptr<CallSink>& sink, FrontShared& shared);

}  // namespace gatehouse::http
