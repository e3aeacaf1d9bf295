// Typed in-memory events: told to whoever listens now; lost when nobody does. Facts that must not be lost go through
// WriteTx::publish (db.h) instead.
#pragma once

#include <any>
#include <cstddef>
#include <functional>
#include <string>
#include <typeinfo>

#include <gatehouse/registration.h>

namespace gatehouse {

// What a full queue does with the next event. Drops are counted per subscription in gatehouse_events_dropped_total.
enum class Overflow { kDropOldest, kDropNewest };

// Thread-safe. publish() never blocks and never runs a subscriber inline: each subscription has its own bounded queue,
// drained in order on the worker lane, one event at a time. Events are told apart by typeid name, so an event type of a
// plugin must live in a namespace of that plugin's interface header.
class Events {
public:
    virtual ~Events() = default;

    template <class E>
    void publish(E event) {
        publish_any(typeid(E), std::any(std::move(event)));
    }

    // queue_size: 1 to 65,536.
    template <class E>
    [[nodiscard]] Registration subscribe(const std::string& name, std::size_t queue_size, Overflow overflow,
                                         std::function<void(const E&)> handler) {
        return subscribe_any(typeid(E), name, queue_size, overflow, [handler = std::move(handler)](const std::any& e) {
            if (const E* event = std::any_cast<E>(&e)) handler(*event);
        });
    }

protected:
    virtual void publish_any(const std::type_info& type, std::any event) = 0;
    virtual Registration subscribe_any(const std::type_info& type, const std::string& name, std::size_t queue_size,
                                       Overflow overflow, std::function<void(const std::any&)> handler) = 0;
};

}  // namespace gatehouse
