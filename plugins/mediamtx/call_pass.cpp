#include "call_pass.h"

#include <utility>

#include "auth_request.h"
#include "kept_secrets.h"

namespace gatehouse::mediamtx {

CallPass::Call::Call(std::shared_ptr<CallPass> pass) : pass_(std::move(pass)), password_(random_secret()) {
    pass_->set(password_);
}

CallPass::Call::~Call() { pass_->set({}); }

bool CallPass::opens(std::string_view password) const {
    std::lock_guard lock(mutex_);
    return same_secret(password, password_);
}

void CallPass::set(std::string password) {
    std::lock_guard lock(mutex_);
    password_ = std::move(password);
}

}  // namespace gatehouse::mediamtx
