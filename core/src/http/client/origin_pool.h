// The connections to one origin: idle ones to be used again, and who waits for a turn.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace gatehouse::http {

class ClientExchange;

// Loop thread only.
struct OriginPool {
    using Clock = std::chrono::steady_clock;
    struct Idle {
        boost::asio::ip::tcp::socket socket;
        Clock::time_point since;
    };

    std::size_t active = 0;                             // exchanges that have a turn
    std::vector<Idle> idle;                             // the one used last at the end
    std::deque<std::weak_ptr<ClientExchange>> waiting;  // cancelled ones may be gone

    // The connection used last that its server has not closed; closed and strange ones are dropped.
    std::optional<boost::asio::ip::tcp::socket> take_idle();
    void drop_idle(Clock::time_point older_than);
    bool unused() const noexcept { return active == 0 && idle.empty() && waiting.empty(); }
};

}  // namespace gatehouse::http
