// Callbacks that somebody may withdraw at any time: what an on_change() of a service is made of.
#pragma once

#include <gatehouse/registration.h>

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace gatehouse {

// Thread-safe. Withdrawing waits for a call that is running, except from inside that very call.
template <class... Args>
class Listeners {
public:
    [[nodiscard]] Registration add(std::function<void(Args...)> call) {
        auto listener = std::make_shared<Listener>();
        listener->call = std::move(call);
        std::lock_guard lock(list_->mutex);
        list_->items.push_back(listener);
        return Registration([list = list_, listener] {
            {
                std::lock_guard list_lock(list->mutex);
                std::erase(list->items, listener);
            }
            std::lock_guard running(listener->mutex);
            listener->withdrawn = true;
        });
    }

    void tell(Args... args) const {
        std::vector<std::shared_ptr<Listener>> items;
        {
            std::lock_guard lock(list_->mutex);
            items = list_->items;
        }
        for (const auto& listener : items) {
            // Held while calling out so that withdrawal can wait; recursive so that a call may withdraw itself.
            std::lock_guard running(listener->mutex);
            if (!listener->withdrawn) listener->call(args...);
        }
    }

private:
    struct Listener {
        std::recursive_mutex mutex;
        std::function<void(Args...)> call;
        bool withdrawn = false;
    };
    struct List {
        std::mutex mutex;
        std::vector<std::shared_ptr<Listener>> items;
    };
    std::shared_ptr<List> list_ = std::make_shared<List>();
};

}  // namespace gatehouse
