// A registry with a clock in the test's hand, and short words for its use.
#pragma once

#include <gatehouse/testing/fake_clock.h>

#include <memory>
#include <string>
#include <vector>

#include "cache/cache_registry.h"
#include "metrics/metrics_registry.h"

namespace cache_test {

using gatehouse::CacheOptions;
using gatehouse::CacheStore;
using gatehouse::CacheValue;

inline CacheValue value_of(const std::string& text, std::size_t bytes = 0, std::vector<std::string> tags = {}) {
    return {std::make_shared<const std::string>(text), bytes, std::move(tags), {}};
}

inline std::string text_of(const std::shared_ptr<const void>& value) {
    return value ? *std::static_pointer_cast<const std::string>(value) : "(none)";
}

struct Fixture {
    gatehouse::testing::FakeClock clock;
    gatehouse::metrics::MetricsRegistry metrics;
    gatehouse::cache::CacheRegistry registry{{.global_byte_budget = 8u << 20, .shards = 8}, clock, metrics};

    static std::string find(CacheStore& cache, const std::string& key) { return text_of(cache.find(key)); }
};

}  // namespace cache_test
