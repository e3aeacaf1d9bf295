#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "proxy_connection.hpp"
#include "socket.hpp"

namespace gatehouse::simcam {

struct CameraStats {
    std::string fault;              // "normal", "refuse", "unauthorized", "hang" or "trickle"
    std::uint64_t connections = 0;  // open now
    std::uint64_t sessions = 0;     // of these, how many sent PLAY
    std::uint64_t connects = 0;     // accepted since the start
    std::uint64_t plays = 0;        // PLAY requests passed on since the start
};

// The TCP ports that viewers see. Passes RTSP through to each camera's internal server, or commits the camera's fault
// of the connection instead. One thread; public functions are thread-safe and return once the change is in force.
class FaultProxy {
public:
    // `internal_ports[i]` is the server of camera i+1. `first_port` 0: the kernel chooses every port.
    FaultProxy(const std::vector<std::uint16_t>& internal_ports, std::uint16_t first_port, bool port_per_camera);
    ~FaultProxy();
    FaultProxy(const FaultProxy&) = delete;
    FaultProxy& operator=(const FaultProxy&) = delete;

    std::uint16_t port(std::size_t camera) const;  // cameras count from 0 here

    // A change ends the camera's connections, except the change to trickle, which slows them down.
    void set_fault(std::size_t camera, ConnectionFault fault, const std::string& hang_method = "DESCRIBE");
    void drop_connections(std::size_t camera, bool with_reset);
    void reset_every(std::size_t camera, std::chrono::milliseconds period);  // 0: no more
    CameraStats stats(std::size_t camera);

private:
    struct Port {
        Socket socket;
        std::uint16_t number = 0;
        bool listening = true;
    };
    struct PerCamera {
        CameraFaultState state;
        std::chrono::milliseconds reset_period{0};
        std::chrono::steady_clock::time_point next_reset;
    };

    void run();
    void call(const std::function<void()>& action);  // on the proxy's thread, waits for it
    void run_calls();
    void accept_on(std::size_t port_index);
    void set_listening(std::size_t port_index, bool listening);
    void watch(int fd, std::uint32_t events, std::uint32_t& watched, ProxyConnection* connection);
    void dispatch(std::span<const epoll_event> events);
    void update_interest(ProxyConnection& connection);
    void close_connections(std::size_t camera, bool with_reset);
    void run_timers(std::chrono::steady_clock::time_point now);
    int wait_ms(std::chrono::steady_clock::time_point now) const;
    void sweep();

    bool port_per_camera_;
    std::vector<Port> ports_;
    std::vector<std::unique_ptr<PerCamera>> cameras_;
    std::list<ProxyConnection> connections_;
    std::unordered_map<int, ProxyConnection*> connection_of_fd_;
    std::chrono::steady_clock::time_point next_trickle_;
    Socket epoll_;
    Socket wake_;
    bool stopping_ = false;
    std::mutex calls_mutex_;
    std::vector<std::function<void()>> calls_;
    std::thread thread_;
};

}  // namespace gatehouse::simcam
