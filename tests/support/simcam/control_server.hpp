#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <thread>

#include "socket.hpp"

namespace gatehouse::simcam {

// A line protocol on a loopback TCP port: each line is answered by one line. One thread, at most 16 clients; a
// longer line than 1 KiB ends its connection.
class ControlServer {
public:
    using Execute = std::function<std::string(const std::string& line)>;

    ControlServer(std::uint16_t port, Execute execute);
    ~ControlServer();
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;

    std::uint16_t port() const { return port_; }

private:
    struct Client {
        Socket socket;
        std::string inbox;
    };

    void run();
    bool serve(Client& client);

    Execute execute_;
    Socket listener_;
    std::uint16_t port_;
    Socket stop_;
    std::list<Client> clients_;
    std::thread thread_;
};

}  // namespace gatehouse::simcam
