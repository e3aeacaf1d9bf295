// Versioned interfaces that plugins offer each other. Declared in the descriptor, checked before anything starts.
#pragma once

#include <memory>
#include <string>
#include <typeinfo>

#include <gatehouse/error.h>
#include <gatehouse/registration.h>

namespace gatehouse {

// Base of every service interface. An interface names itself: `static constexpr const char* kServiceName =
// "media_engine/1";` a new major is a new name.
class Service {
public:
    virtual ~Service() = default;
};

// Thread-safe.
class Services {
public:
    virtual ~Services() = default;

    // Only names listed in the descriptor's `provides`; Error(kInvalidArgument) otherwise, Error(kConflict) if taken.
    template <class S>
    [[nodiscard]] Registration provide(std::shared_ptr<S> service) {
        return provide_named(S::kServiceName, std::static_pointer_cast<Service>(std::move(service)));
    }
    // A service of `requires` is there from start() to stop(). Of `optional` it may be null; ask again, it may come.
    template <class S>
    std::shared_ptr<S> find() const {
        return std::dynamic_pointer_cast<S>(find_named(S::kServiceName));
    }
    template <class S>
    std::shared_ptr<S> get() const {
        if (auto service = find<S>()) return service;
        throw Error(ErrorCode::kUnavailable, std::string("service ") + S::kServiceName + " is not there");
    }

protected:
    virtual Registration provide_named(const std::string& name, std::shared_ptr<Service> service) = 0;
    virtual std::shared_ptr<Service> find_named(const std::string& name) const = 0;
};

}  // namespace gatehouse
