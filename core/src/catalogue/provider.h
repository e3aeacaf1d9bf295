// A function somebody else offers for a while: calls pass while it is registered, withdrawal waits for those under way.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <gatehouse/error.h>
#include <gatehouse/registration.h>

#include "exec/call_gate.h"

namespace gatehouse::catalogue {

// Thread-safe. At most one provider at a time.
template <class Result, class Argument>
class Provider {
public:
    using Function = std::function<Result(const Argument&)>;

    // Error(kConflict) where there is one already.
    Registration provide(const std::string& name, Function function) {
        auto offered = std::make_shared<Offer>();
        offered->name = name;
        offered->function = std::move(function);
        {
            const std::lock_guard lock(shared_->mutex);
            if (shared_->offer)
                throw Error(ErrorCode::kConflict, "'" + offered->name + "' cannot take over from '" +
                                                      shared_->offer->name + "', which is still registered");
            shared_->offer = offered;
        }
        return Registration([shared = shared_, offered] {
            {
                const std::lock_guard lock(shared->mutex);
                if (shared->offer == offered) shared->offer.reset();
            }
            offered->gate.close();
        });
    }

    // `otherwise` where nobody provides; exceptions of the provider pass through.
    Result call(const Argument& argument, Result otherwise) const {
        const auto offered = current();
        if (!offered) return otherwise;
        const exec::CallGate::Pass pass(offered->gate);
        return pass ? offered->function(argument) : std::move(otherwise);
    }
    std::string name() const {
        const auto offered = current();
        return offered ? offered->name : std::string();
    }

private:
    struct Offer {
        std::string name;
        Function function;
        exec::CallGate gate;
    };
    struct Shared {
        std::mutex mutex;
        std::shared_ptr<Offer> offer;
    };
    std::shared_ptr<Offer> current() const {
        const std::lock_guard lock(shared_->mutex);
        return shared_->offer;
    }

    std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace gatehouse::catalogue
