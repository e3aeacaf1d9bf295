#include "hls/hls_engine.h"

#include <gatehouse/error.h>

#include <map>
#include <mutex>
#include <utility>

namespace gatehouse::mediamtx {

struct HlsEngine::State {
    std::mutex mutex;
    std::map<int, std::function<void(const std::string&, StreamRole)>> listeners;
    int last_id = 0;
};

HlsEngine::HlsEngine(Parts, HlsOptions) : state_(std::make_shared<State>()) {}
HlsEngine::~HlsEngine() { stop(); }

void HlsEngine::set_origin(HlsOrigin) {}
void HlsEngine::set_streams(std::vector<HlsStream>) {}
void HlsEngine::stop() {}

std::shared_ptr<const MediaWindow> HlsEngine::window(const std::string&, StreamRole) const { return nullptr; }
void HlsEngine::demand(const std::string&, StreamRole) {}

Registration HlsEngine::on_change(std::function<void(const std::string&, StreamRole)> changed) {
    std::lock_guard lock(state_->mutex);
    const int id = ++state_->last_id;
    state_->listeners[id] = std::move(changed);
    return Registration([state = state_, id] {
        std::lock_guard withdraw(state->mutex);
        state->listeners.erase(id);
    });
}

void HlsEngine::fetch(const std::string&, StreamRole, std::uint64_t, std::uint64_t,
                      std::function<void(http::Body, std::exception_ptr)> done) {
    done({}, std::make_exception_ptr(Error(ErrorCode::kNotFound, "the segment has left the live window")));
}

}  // namespace gatehouse::mediamtx
