#include "http/front_shared.h"

#include <algorithm>

#include <gatehouse/error.h>

namespace gatehouse::http {

namespace {

std::vector<net::IpNetwork> parse_networks(const std::vector<std::string>& texts) {
    std::vector<net::IpNetwork> networks;
    for (const std::string& text : texts) {
        const auto network = net::parse_network(text);
        if (!network)
            throw Error(ErrorCode::kInvalidArgument,
                        "http.trusted_proxies: '" + text + "' is neither an address nor a network such as 10.0.0.0/8");
        networks.push_back(*network);
    }
    return networks;
}

Counter* refused(Metrics& metrics, const char* reason) {
    return &metrics.counter("gatehouse_http_connections_refused_total", "Connections turned away by a limit",
                            {{"limit", reason}});
}

FrontOptions checked(FrontOptions options) {
    options.head_limit_bytes = std::clamp<std::size_t>(options.head_limit_bytes, 1024, 64 * 1024);
    if (options.rate_burst <= 0) options.rate_burst = 2 * options.rate_per_address;
    return options;
}

}  // namespace

FrontMetrics::FrontMetrics(Metrics& metrics) {
    requests_by_class[0] = nullptr;
    for (int digit = 1; digit <= 5; ++digit)
        requests_by_class[digit] =
            &metrics.counter("gatehouse_http_requests_total", "Requests answered, by class of status",
                             {{"status", std::to_string(digit) + "xx"}});
    bytes_sent = &metrics.counter("gatehouse_http_sent_bytes_total", "Bytes of heads and bodies handed to the kernel");
    accepted = &metrics.counter("gatehouse_http_connections_accepted_total", "Connections accepted");
    accept_errors =
        &metrics.counter("gatehouse_http_accept_errors_total", "Accepts that failed, e.g. for want of descriptors");
    refused_total = refused(metrics, "max_connections");
    refused_per_address = refused(metrics, "max_connections_per_address");
    rate_limited = &metrics.counter("gatehouse_http_rate_limited_total", "Requests answered 429");
    timeouts = &metrics.counter("gatehouse_http_timeouts_total",
                                "Connections ended by a deadline in mid-request or mid-answer");
    worker_refused = &metrics.counter("gatehouse_http_worker_refused_total",
                                      "Requests answered 503 because a worker queue was full");
}

FrontShared::FrontShared(FrontOptions given, RouteTable& table, exec::WorkerPool& pool, const Accounts& people,
                         Metrics& registry, const Clock& time, Poco::Logger& log)
    : options(checked(std::move(given))),
      trusted_proxies(parse_networks(options.trusted_proxies)),
      cors(options.cors_origins),
      routes(table),
      workers(pool),
      accounts(people),
      clock(time),
      logger(log),
      metrics(registry),
      per_address(options.max_connections_per_address),
      rate(options.rate_per_address, options.rate_burst) {}

bool FrontShared::is_trusted(const net::IpAddress& ip) const noexcept {
    return std::any_of(trusted_proxies.begin(), trusted_proxies.end(),
                       [&](const net::IpNetwork& network) { return network.contains(ip); });
}

}  // namespace gatehouse::http
