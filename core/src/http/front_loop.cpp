#include "http/front_loop.h"

#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

#include "http/route_table.h"

namespace gatehouse::http {

namespace {

constexpr std::size_t kKeptExchanges = 256;

std::uint64_t ticks(std::chrono::milliseconds time) {
    return static_cast<std::uint64_t>((time + kTick - std::chrono::milliseconds(1)) / kTick) + 1;
}

}  // namespace

FrontLoop::FrontLoop(boost::asio::io_context& io, FrontShared& front, std::uint64_t id_seed)
    : io_(io),
      shared_(front),
      mailbox_(std::make_shared<Mailbox>([this] { boost::asio::post(io_, [this] { deliver(); }); })),
      blocks_(std::max<std::size_t>(front.options.head_limit_bytes, 16 * 1024)),
      id_seed_(id_seed) {
    refresh_date();
    boost::asio::post(io_, [this] { mailbox_->claim_thread(); });
}

FrontLoop::~FrontLoop() {
    mailbox_->close();
    close_all();
    flush_counts();
}

void FrontLoop::adopt(UniqueFd fd, std::shared_ptr<const Peer> peer) {
    if (mailbox_->on_loop()) return start(std::move(fd), std::move(peer));
    boost::asio::post(
        io_, [this, fd = std::move(fd), peer = std::move(peer)]() mutable { start(std::move(fd), std::move(peer)); });
}

void FrontLoop::start(UniqueFd fd, std::shared_ptr<const Peer> peer) {
    const std::shared_ptr<const Peer> counted = peer;
    try {
        const boost::intrusive_ptr<Connection> connection(new Connection(*this, std::move(fd), std::move(peer)));
        connections_.push_back(*connection);
        connection->start();
    } catch (const std::exception& failure) {
        shared_.logger.error("a connection could not be taken into its loop: %s", std::string(failure.what()));
        closed(*counted);
    }
}

void FrontLoop::deliver() {
    for (const auto& exchange : mailbox_->drain()) {
        Connection* const connection = exchange->connection;
        if (connection == nullptr) continue;
        const boost::intrusive_ptr<Connection> alive(connection);
        connection->answered();
    }
}

void FrontLoop::tick() {
    refresh_date();
    flush_counts();
    wheel_.tick([](DeadlineNode& node) {
        const boost::intrusive_ptr<Connection> connection(static_cast<Connection*>(&node));
        connection->deadline_passed();
    });
}

void FrontLoop::close_doors() {
    for (auto it = connections_.begin(); it != connections_.end();) {
        Connection& connection = *it++;
        connection.close_when_idle();
    }
}

void FrontLoop::close_all() {
    while (!connections_.empty()) connections_.front().close();
}

const RouteSet& FrontLoop::routes() {
    const std::uint64_t version = shared_.routes.version();
    if (version != routes_version_) {
        routes_ = shared_.routes.snapshot();
        routes_version_ = version;
    }
    return *routes_;
}

std::shared_ptr<Exchange> FrontLoop::take_exchange() {
    if (free_exchanges_.empty()) return std::make_shared<Exchange>(mailbox_);
    auto exchange = std::move(free_exchanges_.back());
    free_exchanges_.pop_back();
    return exchange;
}

// One that somebody still holds (a Responder that was used and not yet dropped) is left to him.
void FrontLoop::recycle(std::shared_ptr<Exchange> exchange) {
    exchange->connection = nullptr;
    if (exchange.use_count() != 1 || free_exchanges_.size() >= kKeptExchanges) return;
    exchange->reset();
    free_exchanges_.push_back(std::move(exchange));
}

void FrontLoop::set_deadline(Connection& connection, std::chrono::milliseconds from_now) {
    wheel_.set(connection, wheel_.now() + ticks(from_now));
}

void FrontLoop::count_answer(int status, std::uint64_t bytes) noexcept {
    ++answers_[static_cast<std::size_t>(status / 100) % answers_.size()];
    bytes_ += bytes;
}

void FrontLoop::closed(const Peer& peer) {
    load.fetch_sub(1, std::memory_order_relaxed);
    if (peer.counted) shared_.per_address.give_back(peer.ip);
    if (shared_.connections.fetch_sub(1) == 1 && shared_.closing) {
        const std::lock_guard lock(shared_.drained_mutex);
        shared_.drained.notify_all();
    }
}

void FrontLoop::flush_counts() {
    std::uint64_t total = 0;
    for (std::size_t digit = 1; digit < answers_.size(); ++digit) {
        if (answers_[digit] == 0) continue;
        shared_.metrics.requests_by_class[digit]->add(static_cast<double>(answers_[digit]));
        total += std::exchange(answers_[digit], 0);
    }
    if (total == 0 && bytes_ == 0) return;
    shared_.requests.fetch_add(total, std::memory_order_relaxed);
    shared_.bytes_sent.fetch_add(bytes_, std::memory_order_relaxed);
    shared_.metrics.bytes_sent->add(static_cast<double>(std::exchange(bytes_, 0)));
}

void FrontLoop::refresh_date() {
    const UtcTime now = shared_.clock.utc_now();
    const std::int64_t second = now.us / 1'000'000;
    if (second == date_second_) return;
    date_second_ = second;
    date_line_ = "Date: " + to_http_date(now) + "\r\n";
}

}  // namespace gatehouse::http
