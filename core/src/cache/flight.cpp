#include "cache/flight.h"

#include <gatehouse/error.h>

#include <memory>
#include <utility>

namespace gatehouse::cache {

Landing::~Landing() {
    if (landed_) return;
    finish({}, std::make_exception_ptr(Error(ErrorCode::kInternal, "the loader of a cache gave no answer")));
}

void Landing::finish(CacheValue value, std::exception_ptr failure) {
    if (landed_.exchange(true)) return;
    // A missing value without a reason would look like a hit of nothing.
    if (!failure && !value.value)
        failure =
            std::make_exception_ptr(Error(ErrorCode::kInternal, "the loader of a cache gave neither value nor reason"));
    land_(std::move(value), std::move(failure));
}

void fly(const Load& load, Landing::Land land) {
    const auto landing = std::make_shared<Landing>(std::move(land));
    try {
        load([landing](CacheValue value, std::exception_ptr failure) {
            landing->finish(std::move(value), std::move(failure));
        });
    } catch (...) {
        landing->finish({}, std::current_exception());
    }
}

}  // namespace gatehouse::cache
