#include "http/client/client.h"

#include <boost/asio/post.hpp>

#include <future>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include <gatehouse/error.h>

#include "http/client/exchange.h"
#include "http/client/origin_pool.h"
#include "net/loop_pool.h"

namespace gatehouse::http {

namespace asio = boost::asio;

struct Client::State : std::enable_shared_from_this<Client::State> {
    using Exchange = std::shared_ptr<ClientExchange>;

    State(ClientOptions given, Metrics& metrics, Poco::Logger& log)
        : options(std::move(given)),
          logger(log),
          pool({1, "fetch", std::chrono::milliseconds(1'000), [this](std::size_t) { sweep(); },
                [this](std::size_t, const std::string& what) {
                    logger.error("HTTP client: a callback failed: " + what);
                }}),
          requests(metrics.counter("gatehouse_http_client_requests_total", "Requests to other servers")),
          failures(
              metrics.counter("gatehouse_http_client_failures_total", "Requests to other servers without an answer")),
          connects(metrics.counter("gatehouse_http_client_connections_total", "Connections opened to other servers")) {}

    void admit(const Exchange& exchange) {
        requests.add();
        all.insert(exchange);
        exchange->arm();
        auto& origin = origins[exchange->origin()];
        if (origin.active < options.connections_per_origin) return begin(origin, exchange);
        std::erase_if(origin.waiting, [](const auto& each) { return each.expired(); });
        if (origin.waiting.size() >= options.waiting_per_origin)
            return exchange->fail(ErrorCode::kUnavailable, "too many calls wait for this server");
        origin.waiting.push_back(exchange);
    }

    void begin(OriginPool& origin, const Exchange& exchange) {
        ++origin.active;
        auto idle = origin.take_idle();
        if (!idle) connects.add();
        exchange->begin(std::move(idle), options.user_agent);
    }

    void ended(ClientExchange& exchange, std::optional<ClientExchange::Socket> reusable) {
        const Exchange keep = exchange.shared_from_this();
        all.erase(keep);
        if (exchange.begun()) give_back(exchange.origin(), std::move(reusable));
        try {
            keep->report();
        } catch (const std::exception& e) {
            logger.error(std::string("HTTP client: the receiver of an answer failed: ") + e.what());
        }
    }

    void give_back(const ClientExchange::Origin& key, std::optional<ClientExchange::Socket> reusable) {
        auto& origin = origins[key];
        --origin.active;
        if (reusable && origin.idle.size() < options.idle_per_origin)
            origin.idle.push_back({std::move(*reusable), OriginPool::Clock::now()});
        // Not from here: a long queue that fails at once must not become a deep stack.
        if (!origin.waiting.empty()) asio::post(pool.context(0), [this, key] { next(key); });
    }

    void next(const ClientExchange::Origin& key) {
        auto& origin = origins[key];
        while (!origin.waiting.empty() && origin.active < options.connections_per_origin) {
            const auto exchange = origin.waiting.front().lock();
            origin.waiting.pop_front();
            if (exchange && !exchange->ended()) return begin(origin, exchange);
        }
    }

    void sweep() {
        const auto limit = OriginPool::Clock::now() - options.idle_time;
        for (auto it = origins.begin(); it != origins.end();) {
            it->second.drop_idle(limit);
            it = it->second.unused() ? origins.erase(it) : std::next(it);
        }
    }

    void fail_all() {
        const auto left = all;
        for (const auto& exchange : left) exchange->fail(ErrorCode::kUnavailable, "the HTTP client is stopped");
        origins.clear();
    }

    const ClientOptions options;
    Poco::Logger& logger;
    net::LoopPool pool;  // before what lives in it
    Counter& requests;
    Counter& failures;
    Counter& connects;
    std::map<ClientExchange::Origin, OriginPool> origins;  // loop thread, as all that follows
    std::set<Exchange> all;
    std::mutex stop_mutex;
    bool stopped = false;
};

Client::Client(ClientOptions options, Metrics& metrics, Poco::Logger& logger)
    : state_(std::make_shared<State>(std::move(options), metrics, logger)) {
    state_->pool.start();
}

Client::~Client() { stop(); }

HttpCall Client::send(HttpClientRequest request, Done done) {
    {
        const std::lock_guard lock(state_->stop_mutex);
        if (!state_->stopped) {
            auto& io = state_->pool.context(0);
            auto exchange = std::make_shared<ClientExchange>(
                io, std::move(request),
                [counted = &state_->failures, done = std::move(done)](HttpClientResponse response,
                                                                      std::exception_ptr failure) {
                    if (failure) counted->add();
                    done(std::move(response), std::move(failure));
                },
                [state = state_.get()](ClientExchange& ended, std::optional<ClientExchange::Socket> reusable) {
                    state->ended(ended, std::move(reusable));
                });
            asio::post(io, [state = state_.get(), exchange] { state->admit(exchange); });
            return HttpCall([weak_state = std::weak_ptr(state_), weak = std::weak_ptr(exchange)] {
                const auto state = weak_state.lock();
                if (!state) return;
                const std::lock_guard running(state->stop_mutex);
                if (state->stopped) return;
                asio::post(state->pool.context(0), [weak] {
                    if (const auto call = weak.lock()) call->fail(ErrorCode::kUnavailable, "cancelled");
                });
            });
        }
    }
    throw Error(ErrorCode::kUnavailable, "the HTTP client is stopped");
}

void Client::stop() {
    {
        const std::lock_guard lock(state_->stop_mutex);
        if (std::exchange(state_->stopped, true)) return;
    }
    // Everything that was posted before it has been admitted when this runs.
    std::promise<void> failed;
    asio::post(state_->pool.context(0), [&] {
        state_->fail_all();
        failed.set_value();
    });
    failed.get_future().wait();
    state_->pool.stop();
}

}  // namespace gatehouse::http
