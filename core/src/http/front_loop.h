// What belongs to one event loop: its connections, pools, deadlines and counts.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/unique_fd.h>

#include "http/connection.h"
#include "http/deadline_wheel.h"
#include "http/exchange.h"
#include "http/front_shared.h"
#include "http/input_block.h"
#include "http/mailbox.h"
#include "http/route_set.h"

namespace gatehouse::http {

// Loop thread only, except where said.
class FrontLoop {
public:
    FrontLoop(boost::asio::io_context& io, FrontShared& front, std::uint64_t id_seed);
    ~FrontLoop();
    FrontLoop(const FrontLoop&) = delete;
    FrontLoop& operator=(const FrontLoop&) = delete;

    // Any thread. The connection has been counted in `load` already.
    void adopt(UniqueFd fd, std::shared_ptr<const Peer> peer);
    std::atomic<std::size_t> load{0};  // connections, those on their way here included; any thread

    void tick();
    // No further requests than those under way.
    void close_doors();
    void close_all();

    // For connections.
    boost::asio::io_context& io() noexcept { return io_; }
    FrontShared& shared() noexcept { return shared_; }
    BlockPool& blocks() noexcept { return blocks_; }
    const RouteSet& routes();
    std::shared_ptr<Exchange> take_exchange();
    void recycle(std::shared_ptr<Exchange> exchange);
    std::uint64_t next_request_id() noexcept { return id_seed_ + ++requests_; }
    std::string_view date_line() const noexcept { return date_line_; }  // "Date: ...\r\n"
    std::uint64_t now() const noexcept { return wheel_.now() + 1; }     // in ticks; never 0
    std::chrono::milliseconds time_since(std::uint64_t tick) const noexcept {
        return kTick * static_cast<std::int64_t>(now() - tick);
    }
    void set_deadline(Connection& connection, std::chrono::milliseconds from_now);
    // kRecordBytes, for one call of whoever puts a TLS record together.
    char* record_buffer() {
        if (!record_) record_ = std::make_unique_for_overwrite<char[]>(kRecordBytes);
        return record_.get();
    }
    static constexpr std::size_t kRecordBytes = 16 * 1024;  // the largest there is, RFC 8446 section 5.1
    void count_answer(int status, std::uint64_t bytes) noexcept;
    void count_timeout() noexcept { shared_.metrics.timeouts->add(); }
    void closed(const Peer& peer);

private:
    void start(UniqueFd fd, std::shared_ptr<const Peer> peer);
    void deliver();
    void flush_counts();
    void refresh_date();

    boost::asio::io_context& io_;
    FrontShared& shared_;
    const std::shared_ptr<Mailbox> mailbox_;
    BlockPool blocks_;
    DeadlineWheel wheel_;
    ConnectionList connections_;
    std::vector<std::shared_ptr<Exchange>> free_exchanges_;
    std::shared_ptr<const RouteSet> routes_;
    std::uint64_t routes_version_ = 0;
    const std::uint64_t id_seed_;
    std::uint64_t requests_ = 0;
    std::int64_t date_second_ = -1;
    std::string date_line_;
    std::array<std::uint64_t, 6> answers_{};
    std::uint64_t bytes_ = 0;
    std::unique_ptr<char[]> record_;
};

}  // namespace gatehouse::http
