#include "http/response_cache.h"

#include <algorithm>
#include <utility>

#include <gatehouse/error.h>

#include "http/exchange.h"
#include "http/front_shared.h"

namespace gatehouse::http {

namespace {

constexpr std::size_t kMaxKeyBytes = 1024;
constexpr std::size_t kBudgetBytes = 32u << 20;

// The lookup this thread is in: an answer that comes before it is over was stored.
thread_local const Exchange* looking_up = nullptr;

// An answer that is not stored, on its way to those who wait for it.
struct NotStored {
    Response response;
    const Exchange* leader;
};

std::shared_ptr<const Entity> with_etag(const std::shared_ptr<const Entity>& entity) {
    if (!entity->options().etag.empty() || entity->body().is_file()) return entity;
    Entity::Options options = entity->options();
    options.etag = etag_of(entity->body().memory());
    return Entity::make(std::move(options), entity->body());
}

std::size_t cost_of(const Entity& entity) {
    return static_cast<std::size_t>(entity.body().size()) + entity.head().size() + 256;
}

void land(Exchange& exchange, std::shared_ptr<const void> value, const std::exception_ptr& failure) {
    const std::shared_ptr<Exchange> alive = std::move(exchange.kept_by_self);
    const bool at_once = looking_up == &exchange && exchange.cache_state == Exchange::CacheState::kNone;
    exchange.cache_state = at_once ? Exchange::CacheState::kHit : Exchange::CacheState::kMiss;
    if (!failure) return exchange.send(Response::of(std::static_pointer_cast<const Entity>(std::move(value))));
    try {
        std::rethrow_exception(failure);
    } catch (const NotStored& answer) {
        Response response = answer.response;
        if (answer.leader != &exchange)
            std::erase_if(response.headers, [](const auto& header) { return header.first != "Retry-After"; });
        exchange.send(std::move(response));
    } catch (...) {
        exchange.send(error_response(std::current_exception(), exchange.request_id()));
    }
}

}  // namespace

// Where the handler's answer goes during a miss: into the cache, which tells all who wait.
class ResponseCache::Fill final : public CallSink {
public:
    Fill(std::shared_ptr<Exchange> leader, CacheStore::Finish finish, std::chrono::milliseconds ttl)
        : leader_(std::move(leader)), finish_(std::move(finish)), ttl_(ttl) {}

    void send(Response response) override {
        const bool storable = response.entity && response.entity->options().status == 200 && response.headers.empty();
        if (!storable) return finish_({}, std::make_exception_ptr(NotStored{std::move(response), leader_.get()}));
        CacheValue value;
        try {
            const auto entity = with_etag(response.entity);
            value.value = entity;
            value.bytes = cost_of(*entity);
            value.tags = leader_->entry->route().cache->tags;
            value.ttl = ttl_;
        } catch (...) {
            return finish_({}, std::current_exception());
        }
        finish_(std::move(value), nullptr);
    }
    std::string_view request_id() const noexcept override { return leader_->request_id(); }

private:
    const std::shared_ptr<Exchange> leader_;
    const CacheStore::Finish finish_;
    const std::chrono::milliseconds ttl_;
};

ResponseCache::ResponseCache(Caches& caches, FrontShared& shared, std::chrono::milliseconds public_ttl)
    : store_(caches.create("http.responses", {std::chrono::milliseconds(30'000), kBudgetBytes, {}, {}})),
      shared_(shared),
      public_ttl_ms_(public_ttl.count()) {}

std::string_view ResponseCache::key_of(const Exchange& exchange, std::string& storage) {
    const auto& declared = exchange.entry->route().cache->query_keys;
    if (declared.empty() || exchange.query().empty()) return exchange.path();
    storage = exchange.path();
    // No path holds a line feed, and each value is told apart by its length.
    storage += '\n';
    for (const std::string& key : declared) {
        const auto value = exchange.query_parameter(key);
        if (value) storage.append(key).append("=").append(std::to_string(value->size())).append(":").append(*value);
    }
    return storage;
}

bool ResponseCache::serve(Exchange& exchange) {
    std::string storage;
    const std::string_view key = key_of(exchange, storage);
    if (key.size() > kMaxKeyBytes) return false;
    // The cache keeps plain pointers, which fit into a std::function without allocating.
    exchange.kept_by_self = exchange.shared_from_this();
    const Exchange* const outer = std::exchange(looking_up, &exchange);
    struct Loader {
        ResponseCache* cache;
        Exchange* exchange;
    };
    store_->get_or_load(
        key,
        [loader = Loader{this, &exchange}](CacheStore::Finish finish) {
            loader.cache->load(*loader.exchange, std::move(finish));
        },
        [waiting = &exchange](std::shared_ptr<const void> value, std::exception_ptr failure) {
            land(*waiting, std::move(value), failure);
        });
    looking_up = outer;
    return true;
}

void ResponseCache::load(Exchange& exchange, CacheStore::Finish finish) {
    exchange.cache_state = Exchange::CacheState::kMiss;
    exchange.filling = true;
    const CachePolicy& policy = *exchange.entry->route().cache;
    const auto ttl = policy.ttl == kPublicTtl ? std::chrono::milliseconds(public_ttl_ms_.load()) : policy.ttl;
    start_handler(exchange, std::make_shared<Fill>(exchange.shared_from_this(), std::move(finish), ttl), shared_);
}

void start_handler(Exchange& exchange, const std::shared_ptr<CallSink>& sink, FrontShared& shared) {
    const std::shared_ptr<RouteEntry>& entry = exchange.entry;
    if (entry->route().lane == Lane::kLoop) return run_handler(*entry, exchange, sink, shared.logger);
    auto work = [entry, request = exchange.shared_from_this(), sink, logger = &shared.logger] {
        run_handler(*entry, *request, sink, *logger);
    };
    if (shared.workers.try_post(entry->owner(), std::move(work))) return;
    shared.metrics.worker_refused->add();
    sink->send(error_response(503, "Too much work is waiting; try again", sink->request_id(), 1));
}

}  // namespace gatehouse::http
