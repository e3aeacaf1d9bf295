// Waiting for a condition with a deadline, for things that happen on other threads.
#pragma once

#include <chrono>
#include <thread>

template <class Condition>
bool wait_until(Condition condition, std::chrono::milliseconds deadline = std::chrono::seconds(20)) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::yield();
    }
    return true;
}
