// The HTTP client as a plugin sees it.
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include <gatehouse/error.h>

#include "exec/call_gate.h"
#include "plugin/guarded.h"

namespace gatehouse::plugin {

// What the plugin gave stays here, not with the client: a call that ends late must find nothing of a plugin that is
// gone.
struct GuardedHttpClient::Calls {
    struct Call {
        std::function<void(std::string_view)> on_body;
        Done done;
        HttpCall handle;
    };

    explicit Calls(Firewall& firewall) : entry(firewall.entry("http_client", "answer")) {}

    void piece(std::uint64_t id, std::string_view bytes) {
        const exec::CallGate::Pass pass(gate);
        const auto call = pass ? find(id) : nullptr;
        if (!call) throw Error(ErrorCode::kUnavailable, "the plugin is stopped");
        // The client ends the exchange with what this throws, and gives it to `done`.
        entry.call_through([&] { call->on_body(bytes); });
    }
    void end(std::uint64_t id, HttpClientResponse response, std::exception_ptr failure) {
        const exec::CallGate::Pass pass(gate);
        const auto call = pass ? take(id) : nullptr;
        if (call) entry.call([&] { call->done(std::move(response), std::move(failure)); });
    }
    std::shared_ptr<Call> find(std::uint64_t id) {
        const std::lock_guard lock(mutex);
        const auto it = calls.find(id);
        return it == calls.end() ? nullptr : it->second;
    }
    std::shared_ptr<Call> take(std::uint64_t id) {
        const std::lock_guard lock(mutex);
        const auto it = calls.find(id);
        if (it == calls.end()) return nullptr;
        auto call = std::move(it->second);
        calls.erase(it);
        return call;
    }

    const Firewall::Entry entry;
    exec::CallGate gate;
    std::mutex mutex;
    std::uint64_t last_id = 0;
    std::map<std::uint64_t, std::shared_ptr<Call>> calls;
};

GuardedHttpClient::GuardedHttpClient(HttpClient& inner, Firewall& firewall)
    : inner_(inner), calls_(std::make_shared<Calls>(firewall)) {}

HttpCall GuardedHttpClient::send(HttpClientRequest request, Done done) {
    if (!done) throw Error(ErrorCode::kInvalidArgument, "an HTTP call needs somebody to take its answer");
    if (calls_->gate.closed()) throw Error(ErrorCode::kUnavailable, "the plugin is stopped; nothing can be sent");
    auto call = std::make_shared<Calls::Call>(Calls::Call{std::move(request.on_body), std::move(done), {}});
    std::uint64_t id = 0;
    {
        const std::lock_guard lock(calls_->mutex);
        id = ++calls_->last_id;
        calls_->calls[id] = call;
    }
    if (call->on_body) request.on_body = [calls = calls_, id](std::string_view bytes) { calls->piece(id, bytes); };
    call.reset();
    HttpCall handle;
    try {
        handle = inner_.send(std::move(request),
                             [calls = calls_, id](HttpClientResponse response, std::exception_ptr failure) {
                                 calls->end(id, std::move(response), std::move(failure));
                             });
    } catch (...) {
        calls_->take(id);
        throw;
    }
    const std::lock_guard lock(calls_->mutex);
    if (const auto it = calls_->calls.find(id); it != calls_->calls.end()) it->second->handle = handle;
    return handle;
}

void GuardedHttpClient::close() noexcept {
    calls_->gate.close();
    std::map<std::uint64_t, std::shared_ptr<Calls::Call>> left;
    {
        const std::lock_guard lock(calls_->mutex);
        left.swap(calls_->calls);
    }
    for (const auto& [id, call] : left) call->handle.cancel();
}

}  // namespace gatehouse::plugin
