// The host's metrics: prometheus-cpp below, the SDK's handles above.
#pragma once

#include <memory>
#include <string>

#include <gatehouse/metrics.h>

namespace gatehouse::metrics {

// Thread-safe. A name that is used with another kind (counter, gauge, histogram, observed gauge) throws
// Error(kConflict); a name or label outside the allowed characters throws Error(kInvalidArgument).
class MetricsRegistry final : public Metrics {
public:
    MetricsRegistry();
    ~MetricsRegistry() override;

    Counter& counter(const std::string& name, const std::string& help, const MetricLabels& labels) override;
    Gauge& gauge(const std::string& name, const std::string& help, const MetricLabels& labels) override;
    Histogram& histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                         const MetricLabels& labels) override;
    // Same name and labels while the first handle lives: Error(kConflict). A name ending in _total is shown as a
    // counter.
    [[nodiscard]] Registration observe(const std::string& name, const std::string& help, const MetricLabels& labels,
                                       std::function<double()> read) override;

    // Text exposition format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats); calls the observed readers.
    std::string render() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace gatehouse::metrics
