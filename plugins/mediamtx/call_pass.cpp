#include "call_pass.h"

#include <utility>

#include "auth_request.h"
#include "kept_secrets.h"

namespace gatehouse::mediamtx {

CallPass::Call::Call(std::shared_ptr<CallPass> pass) : pass_(std::move(pass)), password_(random_secret()) {
    pass_->set(password_);
}

CallPass::Call::~Call() { pass_->set({}); }

bool CallPass::take(std::string_view password) {
    std::lock_guard lock(mutex_);
    if (!same_secret(password, password_) || std::chrono::steady_clock::now() - issued_ > kLife) return false;
    password_.clear();
    taken_ = true;
    return true;
}

bool CallPass::taken() const {
    std::lock_guard lock(mutex_);
    return taken_;
}

void CallPass::set(std::string password) {
    std::lock_guard lock(mutex_);
    password_ = std::move(password);
    taken_ = false;
    issued_ = std::chrono::steady_clock::now();
}

}  // namespace gatehouse::mediamtx
