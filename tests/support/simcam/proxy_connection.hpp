#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "rtsp_scanner.hpp"
#include "socket.hpp"

namespace gatehouse::simcam {

enum class ConnectionFault { none, refuse, unauthorized, hang, trickle };

struct CameraFaultState {
    ConnectionFault fault = ConnectionFault::none;
    std::string hang_method = "DESCRIBE";  // this request and everything after it is left unanswered
    std::uint16_t internal_port = 0;
    std::uint64_t connects = 0;
    std::uint64_t plays = 0;
};

// One viewer's connection and the one to the camera's server behind it, opened at the first request. All sockets are
// non-blocking; buffers are bounded. Not thread-safe.
class ProxyConnection {
public:
    // Returns the camera a request is for, or nullptr to end the connection.
    using Route = std::function<CameraFaultState*(const RtspMessage&)>;

    // `camera`: nullptr while only the first request can tell.
    ProxyConnection(Socket client, CameraFaultState* camera, Route route)
        : client_(std::move(client)), route_(std::move(route)), camera_(camera) {}

    int client_fd() const { return client_.fd(); }
    int server_fd() const { return server_.fd(); }
    const CameraFaultState* camera() const { return camera_; }
    bool playing() const { return playing_; }
    bool closed() const { return closed_; }

    bool wants_client_input() const;
    bool wants_client_output() const;
    bool wants_server_input() const;
    bool wants_server_output() const { return !to_server_.empty(); }

    void on_client(bool readable, bool writable);
    void on_server(bool readable, bool writable);
    void release_one_byte();  // trickle: the second is over
    void close(bool with_reset);

    std::uint32_t client_events = 0;  // what the poller was last told to watch for; kept by it
    std::uint32_t server_events = 0;

private:
    void handle(RtspMessage message);
    void answer_unauthorized(const RtspMessage& request);
    void flush_to_client();
    bool trickles() const { return camera_ != nullptr && camera_->fault == ConnectionFault::trickle; }

    Socket client_;
    Socket server_;
    Route route_;
    CameraFaultState* camera_;
    std::string inbox_;  // from the client, up to the end of a message
    std::string to_server_;
    std::string to_client_;
    bool playing_ = false;
    bool hung_ = false;
    bool closed_ = false;
};

}  // namespace gatehouse::simcam
