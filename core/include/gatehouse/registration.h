// The RAII handle that every registration of a plugin returns (route, timer, subscription, health section ...).
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace gatehouse {

// Dropping or closing the handle withdraws the registration and waits until a callback that is running has left, except
// when it is closed from inside that very callback. Movable, not copyable. Not thread-safe by itself; the thing it
// withdraws from is.
class Registration {
public:
    Registration() = default;
    // `withdraw` is called exactly once, and must not throw.
    explicit Registration(std::function<void()> withdraw) : withdraw_(std::move(withdraw)) {}
    Registration(Registration&& other) noexcept : withdraw_(std::exchange(other.withdraw_, nullptr)) {}
    Registration& operator=(Registration&& other) noexcept {
        if (this != &other) {
            close();
            withdraw_ = std::exchange(other.withdraw_, nullptr);
        }
        return *this;
    }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;
    ~Registration() { close(); }

    void close() noexcept {
        if (auto withdraw = std::exchange(withdraw_, nullptr)) withdraw();
    }
    explicit operator bool() const noexcept { return static_cast<bool>(withdraw_); }

private:
    std::function<void()> withdraw_;
};

// A plugin's registrations, withdrawn together in reverse order.
class Registrations {
public:
    Registrations() = default;
    Registrations(Registrations&&) = default;
    Registrations& operator=(Registrations&&) = default;
    Registrations(const Registrations&) = delete;
    Registrations& operator=(const Registrations&) = delete;
    ~Registrations() { clear(); }

    Registrations& operator+=(Registration registration) {
        items_.push_back(std::move(registration));
        return *this;
    }
    void clear() noexcept {
        while (!items_.empty()) items_.pop_back();
    }

private:
    std::vector<Registration> items_;
};

}  // namespace gatehouse
