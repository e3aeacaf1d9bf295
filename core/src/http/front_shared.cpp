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

// RFC 6797 section 6.1.
std::string hsts_field(std::chrono::seconds max_age) {
    if (max_age.count() <= 0) return {};
    return "Strict-Transport-Security: max-age=" + std::to_string(max_age.count()) + "\r\n";
}

constexpr double kHandshakeBurst = 10;  // seconds: many viewers behind one address come back at once after an outage

FrontOptions checked(FrontOptions options) {
    options.head_limit_bytes = std::clamp<std::size_t>(options.head_limit_bytes, 1024, 64 * 1024);
    options.least_bytes_per_second = std::max<std::uint64_t>(options.least_bytes_per_second, 1);
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
    refused_handshakes = refused(metrics, "handshakes_per_address");
    rate_limited = &metrics.counter("gatehouse_http_rate_limited_total", "Requests answered 429");
    timeouts = &metrics.counter("gatehouse_http_timeouts_total",
                                "Connections ended by a deadline in mid-request or mid-answer");
    tls_on_plain =
        &metrics.counter("gatehouse_http_wrong_protocol_total",
                         "Connections that spoke TLS at a plain door, or HTTP at a TLS door", {{"spoken", "tls"}});
    plain_on_tls =
        &metrics.counter("gatehouse_http_wrong_protocol_total",
                         "Connections that spoke TLS at a plain door, or HTTP at a TLS door", {{"spoken", "http"}});
    handshakes =
        &metrics.counter("gatehouse_https_handshakes_total", "TLS handshakes by outcome", {{"outcome", "done"}});
    handshake_failures =
        &metrics.counter("gatehouse_https_handshakes_total", "TLS handshakes by outcome", {{"outcome", "failed"}});
    worker_refused = &metrics.counter("gatehouse_http_worker_refused_total",
                                      "Requests answered 503 because a worker queue was full");
}

FrontShared::FrontShared(FrontOptions given, RouteTable& table, exec::WorkerPool& pool, const Accounts& people,
                         Metrics& registry, const Clock& time, Poco::Logger& log)
    : options(checked(std::move(given))),
      trusted_proxies(parse_networks(options.trusted_proxies)),
      cors(options.cors_origins),
      transport_security(hsts_field(options.hsts_max_age)),
      routes(table),
      workers(pool),
      accounts(people),
      clock(time),
      logger(log),
      metrics(registry),
      per_address(options.max_connections_per_address),
      rate(options.rate_per_address, options.rate_burst),
      handshakes(static_cast<double>(options.handshakes_per_address),
                 kHandshakeBurst * static_cast<double>(options.handshakes_per_address)) {}

void FrontShared::set_certificate(std::shared_ptr<const net::TlsContext> certificate) {
    const std::lock_guard lock(certificate_mutex_);
    certificate_.swap(certificate);
}

std::shared_ptr<const net::TlsContext> FrontShared::certificate() const {
    const std::lock_guard lock(certificate_mutex_);
    return certificate_;
}

bool FrontShared::is_trusted(const net::IpAddress& ip) const noexcept {
    return std::any_of(trusted_proxies.begin(), trusted_proxies.end(),
                       [&](const net::IpNetwork& network) { return network.contains(ip); });
}

}  // namespace gatehouse::http
