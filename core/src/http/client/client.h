// The host's HTTP client: Asio and Beast behind gatehouse::HttpClient.
#pragma once

#include <Poco/Logger.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include <gatehouse/http_client.h>
#include <gatehouse/metrics.h>

namespace gatehouse::http {

struct ClientOptions {
    std::size_t connections_per_origin = 512;  // a server that blocks its answers needs one per answer
    std::size_t idle_per_origin = 32;
    std::size_t waiting_per_origin = 4'096;
    std::chrono::milliseconds idle_time{20'000};  // MediaMTX closes after 30 s
    std::string user_agent = "Gatehouse";
};

// One event loop of its own, so that fetched bytes never keep viewers waiting. Thread-safe.
class Client final : public HttpClient {
public:
    // Starts the loop. `metrics` and `logger` must outlive it.
    Client(ClientOptions options, Metrics& metrics, Poco::Logger& logger);
    ~Client() override;  // stop()

    HttpCall send(HttpClientRequest request, Done done) override;
    // Fails what is under way, then ends the loop. Blocks until callbacks that are running have left; not to be called
    // from one.
    void stop();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace gatehouse::http
