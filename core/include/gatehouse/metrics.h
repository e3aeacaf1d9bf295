// Metrics: resolved once at start, never looked up on the request path. Names carry the prefix gatehouse_ and a unit.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gatehouse/registration.h>

namespace gatehouse {

using MetricLabels = std::map<std::string, std::string>;

// Handles are cheap to copy, thread-safe, wait-free, and stay valid for the life of the process.
class Counter {
public:
    virtual ~Counter() = default;
    virtual void add(double amount = 1) noexcept = 0;  // amount >= 0
    virtual double value() const noexcept = 0;
};

class Gauge {
public:
    virtual ~Gauge() = default;
    virtual void set(double value) noexcept = 0;
    virtual void add(double amount) noexcept = 0;
};

class Histogram {
public:
    virtual ~Histogram() = default;
    virtual void observe(double value) noexcept = 0;
};

// Thread-safe. Asking twice for the same name and labels gives the same series. A name must match
// gatehouse_[a-z0-9_]+; anything else throws Error(kInvalidArgument).
class Metrics {
public:
    virtual ~Metrics() = default;
    virtual Counter& counter(const std::string& name, const std::string& help, const MetricLabels& labels = {}) = 0;
    virtual Gauge& gauge(const std::string& name, const std::string& help, const MetricLabels& labels = {}) = 0;
    virtual Histogram& histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                                 const MetricLabels& labels = {}) = 0;
    // A gauge that is read when /metrics is asked for; `read` must be cheap, thread-safe and not throw.
    [[nodiscard]] virtual Registration observe(const std::string& name, const std::string& help,
                                               const MetricLabels& labels, std::function<double()> read) = 0;
};

}  // namespace gatehouse
