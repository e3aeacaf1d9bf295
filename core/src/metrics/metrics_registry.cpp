#include "metrics/metrics_registry.h"

#include <gatehouse/error.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

namespace gatehouse::metrics {
namespace {

enum class Kind { kCounter, kGauge, kHistogram, kObserved };

class PrometheusCounter final : public Counter {
public:
    explicit PrometheusCounter(prometheus::Counter& counter) : counter_(counter) {}
    void add(double amount) noexcept override { counter_.Increment(amount); }
    double value() const noexcept override { return counter_.Value(); }

private:
    prometheus::Counter& counter_;
};

class PrometheusGauge final : public Gauge {
public:
    explicit PrometheusGauge(prometheus::Gauge& gauge) : gauge_(gauge) {}
    void set(double value) noexcept override { gauge_.Set(value); }
    void add(double amount) noexcept override { gauge_.Increment(amount); }

private:
    prometheus::Gauge& gauge_;
};

class PrometheusHistogram final : public Histogram {
public:
    explicit PrometheusHistogram(prometheus::Histogram& histogram) : histogram_(histogram) {}
    void observe(double value) noexcept override { histogram_.Observe(value); }

private:
    prometheus::Histogram& histogram_;
};

bool name_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

void check_name(const std::string& name) {
    constexpr std::string_view kPrefix = "gatehouse_";
    constexpr std::size_t kLongest = 200;
    const bool good = name.size() > kPrefix.size() && name.size() <= kLongest && name.starts_with(kPrefix) &&
                      std::all_of(name.begin(), name.end(), name_character);
    if (!good)
        throw Error(ErrorCode::kInvalidArgument, "metric name '" + name + "' does not match gatehouse_[a-z0-9_]+");
}

void check_labels(const std::string& name, const MetricLabels& labels) {
    for (const auto& [key, value] : labels) {
        const bool good = !key.empty() && key[0] >= 'a' && key[0] <= 'z' &&
                          std::all_of(key.begin(), key.end(), name_character) && key != "le" && key != "quantile";
        if (!good)
            throw Error(ErrorCode::kInvalidArgument, "metric " + name + ": label name '" + key + "' is not allowed");
    }
}

using SeriesKey = std::pair<std::string, MetricLabels>;

}  // namespace

struct MetricsRegistry::State {
    struct Family {
        Kind kind;
        std::string help;
        std::vector<double> bounds;
    };

    mutable std::mutex mutex;
    prometheus::Registry registry{prometheus::Registry::InsertBehavior::Merge};
    std::map<std::string, Family> families;
    std::map<SeriesKey, std::unique_ptr<Counter>> counters;
    std::map<SeriesKey, std::unique_ptr<Gauge>> gauges;
    std::map<SeriesKey, std::unique_ptr<Histogram>> histograms;

    // Its own lock, held while readers run, so that a withdrawn reader is never called again.
    mutable std::mutex observed_mutex;
    std::map<std::string, std::map<MetricLabels, std::function<double()>>> observed;

    // The help text and the buckets of the first registration stay, as Prometheus wants one of each per family.
    const Family& family(const std::string& name, const std::string& help, Kind kind, const MetricLabels& labels,
                         const std::vector<double>& bounds = {}) {
        check_name(name);
        check_labels(name, labels);
        const auto [it, fresh] = families.try_emplace(name, Family{kind, help, bounds});
        if (!fresh && it->second.kind != kind)
            throw Error(ErrorCode::kConflict, "metric " + name + " is already registered with another kind");
        return it->second;
    }

    std::vector<prometheus::MetricFamily> collect_observed() const;
};

std::vector<prometheus::MetricFamily> MetricsRegistry::State::collect_observed() const {
    std::vector<prometheus::MetricFamily> result;
    const std::lock_guard lock(observed_mutex);
    for (const auto& [name, series] : observed) {
        prometheus::MetricFamily collected;
        collected.name = name;
        const bool counts = name.ends_with("_total");
        collected.type = counts ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
        {
            const std::lock_guard names(mutex);
            collected.help = families.at(name).help;
        }
        for (const auto& [labels, read] : series) {
            prometheus::ClientMetric metric;
            for (const auto& [key, value] : labels) metric.label.push_back({key, value});
            (counts ? metric.counter.value : metric.gauge.value) = read();
            collected.metric.push_back(std::move(metric));
        }
        if (!collected.metric.empty()) result.push_back(std::move(collected));
    }
    return result;
}

MetricsRegistry::MetricsRegistry() : state_(std::make_shared<State>()) {}
MetricsRegistry::~MetricsRegistry() = default;

Counter& MetricsRegistry::counter(const std::string& name, const std::string& help, const MetricLabels& labels) {
    const std::lock_guard lock(state_->mutex);
    const auto& family = state_->family(name, help, Kind::kCounter, labels);
    auto& slot = state_->counters[{name, labels}];
    if (!slot) {
        auto& built = prometheus::BuildCounter().Name(name).Help(family.help).Register(state_->registry);
        slot = std::make_unique<PrometheusCounter>(built.Add(labels));
    }
    return *slot;
}

Gauge& MetricsRegistry::gauge(const std::string& name, const std::string& help, const MetricLabels& labels) {
    const std::lock_guard lock(state_->mutex);
    const auto& family = state_->family(name, help, Kind::kGauge, labels);
    auto& slot = state_->gauges[{name, labels}];
    if (!slot) {
        auto& built = prometheus::BuildGauge().Name(name).Help(family.help).Register(state_->registry);
        slot = std::make_unique<PrometheusGauge>(built.Add(labels));
    }
    return *slot;
}

Histogram& MetricsRegistry::histogram(const std::string& name, const std::string& help,
                                      const std::vector<double>& bounds, const MetricLabels& labels) {
    const bool rising = !bounds.empty() && std::is_sorted(bounds.begin(), bounds.end(), std::less_equal<>());
    if (!rising)
        throw Error(ErrorCode::kInvalidArgument, "metric " + name + ": bucket bounds must rise and not be empty");
    const std::lock_guard lock(state_->mutex);
    const auto& family = state_->family(name, help, Kind::kHistogram, labels, bounds);
    auto& slot = state_->histograms[{name, labels}];
    if (!slot) {
        auto& built = prometheus::BuildHistogram().Name(name).Help(family.help).Register(state_->registry);
        slot = std::make_unique<PrometheusHistogram>(built.Add(labels, family.bounds));
    }
    return *slot;
}

Registration MetricsRegistry::observe(const std::string& name, const std::string& help, const MetricLabels& labels,
                                      std::function<double()> read) {
    {
        const std::lock_guard lock(state_->mutex);
        state_->family(name, help, Kind::kObserved, labels);
    }
    const std::lock_guard lock(state_->observed_mutex);
    if (!state_->observed[name].try_emplace(labels, std::move(read)).second)
        throw Error(ErrorCode::kConflict, "metric " + name + " is already observed with these labels");
    return Registration([state = state_, name, labels] {
        const std::lock_guard withdrawing(state->observed_mutex);
        state->observed[name].erase(labels);
    });
}

std::string MetricsRegistry::render() const {
    auto families = state_->registry.Collect();
    for (auto& observed : state_->collect_observed()) families.push_back(std::move(observed));
    std::sort(families.begin(), families.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return prometheus::TextSerializer().Serialize(families);
}

}  // namespace gatehouse::metrics
