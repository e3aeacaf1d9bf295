#include "http/front.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <latch>
#include <random>
#include <system_error>
#include <thread>

#include <gatehouse/error.h>

#include "http/front_loop.h"
#include "http/response_cache.h"
#include "net/acceptor.h"
#include "net/listener.h"
#include "net/loop_pool.h"
#include "net/peer_credentials.h"

namespace gatehouse::http {

namespace {

std::size_t loop_count(std::size_t wanted) {
    if (wanted > 0) return std::min<std::size_t>(wanted, 64);
    return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 4);
}

std::vector<net::Endpoint> parse_endpoints(const std::string& option, const std::vector<std::string>& texts) {
    std::vector<net::Endpoint> endpoints;
    for (const std::string& text : texts) {
        const auto endpoint = net::parse_endpoint(text);
        if (!endpoint)
            throw Error(ErrorCode::kInvalidArgument,
                        option + ": '" + text + "' is not an address and a port such as 127.0.0.1:3000 or [::]:3000");
        endpoints.push_back(*endpoint);
    }
    return endpoints;
}

// A kernel without IPv6 is no reason to stay away from IPv4: the defaults name an address of each.
std::vector<net::Listener> open_tcp(const std::string& option, const std::vector<net::Endpoint>& endpoints,
                                    Poco::Logger& logger) {
    const bool can_do_without_ipv6 =
        std::any_of(endpoints.begin(), endpoints.end(), [](const net::Endpoint& one) { return one.address.is_v4(); });
    std::vector<net::Listener> listeners;
    for (const net::Endpoint& endpoint : endpoints) {
        if (!endpoint.address.is_v4() && can_do_without_ipv6 && !net::kernel_has_ipv6()) {
            logger.warning("%s: [%s]:%s is left out, this kernel has no IPv6", option, endpoint.address.text(),
                           std::to_string(endpoint.port));
            continue;
        }
        try {
            listeners.push_back(net::listen_tcp(endpoint));
        } catch (const Error& failure) {
            throw Error(failure.error_code(), option + ": " + failure.message());
        }
    }
    return listeners;
}

std::int64_t monotonic_ms() {
    return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::milliseconds(1);
}

// One line per ten seconds: a flood of refusals must not become a flood of lines. Thread-safe.
class RareLine {
public:
    bool due() {
        const std::int64_t now = monotonic_ms();
        std::int64_t last = last_ms_.load();
        return (last == 0 || now - last >= 10'000) && last_ms_.compare_exchange_strong(last, now);
    }

private:
    std::atomic<std::int64_t> last_ms_{0};
};

// To a client that is turned away. Its connection is new, so its buffer takes these bytes; one that is gone already is
// no matter.
void say_full(int fd) {
    static const std::string kBody = error_json("The gateway has as many connections as it may; try again soon", {});
    static const std::string kFull =
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nCache-Control: no-store\r\n"
        "Content-Type: application/json; charset=utf-8\r\nContent-Length: " +
        std::to_string(kBody.size()) + "\r\n\r\n" + kBody;
    [[maybe_unused]] const ssize_t sent = ::send(fd, kFull.data(), kFull.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    // What it has sent already must not make a reset of the close, which could eat the answer.
    char unread[4096];
    ::shutdown(fd, SHUT_WR);
    for (int i = 0; i < 4 && ::recv(fd, unread, sizeof unread, MSG_DONTWAIT) > 0; ++i) {
    }
}

enum class Door { kTcp, kTls, kUnix };

}  // namespace

struct Front::State {
    State(FrontOptions options, RouteTable& routes, exec::WorkerPool& workers, Caches& caches, const Accounts& accounts,
          Metrics& metrics, const Clock& clock, Poco::Logger& logger)
        : endpoints(parse_endpoints("http.listen", options.listen)),
          tls_endpoints(parse_endpoints("https.listen", options.listen_tls)),
          shared(std::move(options), routes, workers, accounts, metrics, clock, logger),
          cache(caches, shared, shared.options.public_ttl),
          pool({loop_count(shared.options.loops), "net", kTick, [this](std::size_t i) { loops[i]->tick(); },
                [this](std::size_t i, const std::string& what) {
                    shared.logger.error("event loop net-%s: %s", std::to_string(i), what);
                }}) {
        shared.cache = &cache;
        std::random_device random;
        for (std::size_t i = 0; i < pool.size(); ++i)
            loops.push_back(std::make_unique<FrontLoop>(pool.context(i), shared, seed(random, i)));
        open_connections = metrics.observe("gatehouse_http_connections", "Open connections", {},
                                           [this] { return static_cast<double>(shared.connections.load()); });
    }

    // Request ids: random for the process, the loop, then a count.
    static std::uint64_t seed(std::random_device& random, std::size_t loop) {
        return (std::uint64_t{random()} << 32) | (std::uint64_t{loop} << 30 & 0xC0000000U) | (random() & 0xFFFFFU);
    }

    void open();
    void add_acceptors(const net::Listener& listener, Door door);
    void take(std::size_t loop, UniqueFd fd, const sockaddr_storage& address, Door door);
    std::shared_ptr<Peer> identify(int fd, const sockaddr_storage& address, Door door) const;
    bool admit(Peer& peer);
    template <class Say>
    void refuse(Counter& counter, Say say);
    FrontLoop& least_loaded(std::size_t own);
    void accept_failed(int cause);
    void accept_succeeded();
    void on_every_loop(const std::function<void(std::size_t)>& work);

    const std::vector<net::Endpoint> endpoints, tls_endpoints;
    FrontShared shared;
    ResponseCache cache;
    net::LoopPool pool;
    std::vector<std::unique_ptr<FrontLoop>> loops;  // before the pool goes, since connections live in both
    std::vector<std::vector<std::unique_ptr<net::Acceptor>>> acceptors;  // by loop
    const std::shared_ptr<net::DescriptorReserve> reserve = std::make_shared<net::DescriptorReserve>();
    std::vector<BoundAddress> bound, bound_tls;
    std::string unix_path;
    Registration open_connections;
    RareLine accept_line, limit_line;
    std::atomic<bool> accept_trouble{false};  // and the log says so
    std::atomic<std::int64_t> accept_failed_ms{0};
    bool started = false, doors_closed = false, stopped = false;
};

void Front::State::open() {
    if (!tls_endpoints.empty() && !shared.certificate())
        throw Error(ErrorCode::kInvalidArgument, "https.listen needs a certificate");
    const auto listeners = open_tcp("http.listen", endpoints, shared.logger);
    const auto tls_listeners = open_tcp("https.listen", tls_endpoints, shared.logger);
    std::optional<net::Listener> unix_door;
    if (!shared.options.admin_socket.empty())
        unix_door = net::listen_unix(shared.options.admin_socket, shared.options.admin_group);
    if (unix_door && unix_door->group_is_locked_out)
        shared.logger.warning(
            "the group %s cannot use %s: the gateway is not in that group (SupplementaryGroups of the unit)",
            shared.options.admin_group, unix_door->address);
    acceptors.resize(loops.size());
    for (const net::Listener& listener : listeners) {
        bound.push_back({listener.address, listener.port});
        add_acceptors(listener, Door::kTcp);
    }
    for (const net::Listener& listener : tls_listeners) {
        bound_tls.push_back({listener.address, listener.port});
        add_acceptors(listener, Door::kTls);
    }
    if (unix_door) {
        unix_path = unix_door->address;
        add_acceptors(*unix_door, Door::kUnix);
    }
}

void Front::State::add_acceptors(const net::Listener& listener, Door door) {
    for (std::size_t i = 0; i < loops.size(); ++i) {
        UniqueFd duplicate(::fcntl(listener.fd.get(), F_DUPFD_CLOEXEC, 0));
        if (!duplicate)
            throw Error(ErrorCode::kUnavailable,
                        "cannot duplicate a listening socket: " + std::generic_category().message(errno));
        acceptors[i].push_back(std::make_unique<net::Acceptor>(
            pool.context(i), std::move(duplicate), reserve,
            net::Acceptor::Events{[this, i, door](UniqueFd fd, const sockaddr_storage& address) {
                                      take(i, std::move(fd), address, door);
                                  },
                                  [this](int cause) { accept_failed(cause); }}));
    }
}

void Front::State::take(std::size_t loop, UniqueFd fd, const sockaddr_storage& address, Door door) {
    shared.accepted.fetch_add(1, std::memory_order_relaxed);
    shared.metrics.accepted->add();
    accept_succeeded();
    const std::shared_ptr<Peer> peer = identify(fd.get(), address, door);
    if (!admit(*peer)) {
        if (door != Door::kTls) say_full(fd.get());  // a handshake is what there is no room for
        return;
    }
    if (door != Door::kUnix) {
        const int on = 1;
        ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    FrontLoop& target = least_loaded(loop);
    target.load.fetch_add(1, std::memory_order_relaxed);
    target.adopt(std::move(fd), peer);
}

std::shared_ptr<Peer> Front::State::identify(int fd, const sockaddr_storage& address, Door door) const {
    auto peer = std::make_shared<Peer>();
    if (door != Door::kUnix) {
        peer->secure = door == Door::kTls;
        peer->ip = net::ip_of(reinterpret_cast<const sockaddr*>(&address)).value_or(net::IpAddress{});
        peer->text = peer->ip.text();
        peer->loopback = peer->ip.is_loopback();
        peer->trusted = shared.is_trusted(peer->ip);
        return peer;
    }
    peer->text = "unix";
    peer->loopback = true;
    const auto credentials = net::peer_credentials(fd);
    peer->turned_away = !credentials || !net::is_administrator(*credentials, shared.options.admin_group);
    if (!peer->turned_away) peer->caller = {Caller::Kind::kAdminSocket, net::peer_name(*credentials)};
    return peer;
}

// `say` writes the line of the log, now and then.
template <class Say>
void Front::State::refuse(Counter& counter, Say say) {
    shared.refused.fetch_add(1, std::memory_order_relaxed);
    counter.add();
    if (limit_line.due()) say();
}

// Administrators get in however full the house is.
bool Front::State::admit(Peer& peer) {
    const bool unlimited = peer.caller.is_admin();
    if (!unlimited && shared.connections.load() >= shared.options.max_connections) {
        refuse(*shared.metrics.refused_total, [&] {
            shared.logger.warning("refusing connections: http.max_connections (%s) is reached",
                                  std::to_string(shared.options.max_connections));
        });
        return false;
    }
    const bool limited = !unlimited && !peer.trusted;
    // Before a key is used for it: what a handshake costs us is many times what it costs the client.
    if (limited && peer.secure && shared.handshakes.take(peer.ip, std::chrono::steady_clock::now()).count() > 0) {
        refuse(*shared.metrics.refused_handshakes, [&] {
            shared.logger.warning("refusing TLS connections of %s: https.handshakes_per_address (%s) is reached",
                                  peer.text, std::to_string(shared.options.handshakes_per_address));
        });
        return false;
    }
    if (limited && !shared.per_address.take(peer.ip)) {
        refuse(*shared.metrics.refused_per_address, [&] {
            shared.logger.warning("refusing connections of %s: http.max_connections_per_address (%s) is reached",
                                  peer.text, std::to_string(shared.options.max_connections_per_address));
        });
        return false;
    }
    peer.counted = limited;
    shared.connections.fetch_add(1);
    return true;
}

FrontLoop& Front::State::least_loaded(std::size_t own) {
    FrontLoop* best = loops[own].get();
    for (const auto& loop : loops)
        if (loop->load.load(std::memory_order_relaxed) < best->load.load(std::memory_order_relaxed)) best = loop.get();
    return *best;
}

void Front::State::accept_failed(int cause) {
    shared.accept_errors.fetch_add(1, std::memory_order_relaxed);
    shared.metrics.accept_errors->add();
    accept_failed_ms = monotonic_ms();
    if (!accept_line.due()) return;
    accept_trouble = true;
    const bool descriptors = cause == EMFILE || cause == ENFILE;
    shared.logger.error("cannot accept connections: %s%s", std::generic_category().message(cause),
                        std::string(descriptors ? "; new clients are turned away until descriptors are free" : ""));
}

// One that succeeds between failures is no end of the trouble.
void Front::State::accept_succeeded() {
    if (!accept_trouble.load(std::memory_order_relaxed) || monotonic_ms() - accept_failed_ms.load() < 500) return;
    if (accept_trouble.exchange(false))
        shared.logger.notice("connections are accepted again; accepts failed so far: %s",
                             std::to_string(shared.accept_errors.load()));
}

// Runs `work` once on each loop's thread and waits for all of them.
void Front::State::on_every_loop(const std::function<void(std::size_t)>& work) {
    std::latch done(static_cast<std::ptrdiff_t>(loops.size()));
    for (std::size_t i = 0; i < loops.size(); ++i)
        boost::asio::post(pool.context(i), [&work, &done, i] {
            work(i);
            done.count_down();
        });
    done.wait();
}

Front::Front(FrontOptions options, RouteTable& routes, exec::WorkerPool& workers, Caches& caches,
             const Accounts& accounts, Metrics& metrics, const Clock& clock, Poco::Logger& logger)
    : state_(std::make_unique<State>(std::move(options), routes, workers, caches, accounts, metrics, clock, logger)) {}

Front::~Front() { stop(); }

void Front::start() {
    try {
        state_->open();
    } catch (...) {
        state_->acceptors.clear();
        state_->bound.clear();
        state_->bound_tls.clear();
        throw;
    }
    state_->pool.start();
    state_->started = true;
    state_->on_every_loop([this](std::size_t i) {
        for (const auto& acceptor : state_->acceptors[i]) acceptor->start();
    });
}

std::vector<BoundAddress> Front::bound() const { return state_->bound; }

std::vector<BoundAddress> Front::bound_tls() const { return state_->bound_tls; }

void Front::set_certificate(std::shared_ptr<const net::TlsContext> certificate) {
    state_->shared.set_certificate(std::move(certificate));
}

void Front::close_doors() {
    if (!state_->started || state_->doors_closed) return;
    state_->doors_closed = true;
    state_->on_every_loop([this](std::size_t i) {
        for (const auto& acceptor : state_->acceptors[i]) acceptor->close();
    });
    if (!state_->unix_path.empty()) ::unlink(state_->unix_path.c_str());
    state_->shared.closing = true;
    state_->on_every_loop([this](std::size_t i) { state_->loops[i]->close_doors(); });
}

bool Front::drain(std::chrono::milliseconds limit) {
    FrontShared& shared = state_->shared;
    std::unique_lock lock(shared.drained_mutex);
    return shared.drained.wait_for(lock, limit, [&] { return shared.connections.load() == 0; });
}

void Front::stop() {
    if (!state_->started || state_->stopped) return;
    close_doors();
    state_->stopped = true;
    state_->on_every_loop([this](std::size_t i) {
        state_->loops[i]->close_all();
        state_->acceptors[i].clear();
    });
    state_->pool.stop();
}

void Front::set_public_ttl(std::chrono::milliseconds ttl) noexcept { state_->cache.set_public_ttl(ttl); }

Front::Stats Front::stats() const {
    const FrontShared& shared = state_->shared;
    return {shared.connections.load(), shared.accepted.load(), shared.requests.load(),
            shared.bytes_sent.load(),  shared.refused.load(),  shared.accept_errors.load()};
}

std::chrono::milliseconds Front::longest_silence() const { return state_->pool.longest_silence(); }

}  // namespace gatehouse::http
