#include "control_server.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <vector>

namespace gatehouse::simcam {

ControlServer::ControlServer(std::uint16_t port, Execute execute)
    : execute_(std::move(execute)),
      listener_(bind_loopback(port, true)),
      port_(bound_port(listener_)),
      stop_(eventfd(0, EFD_CLOEXEC)),
      thread_(&ControlServer::run, this) {}

ControlServer::~ControlServer() {
    eventfd_write(stop_.fd(), 1);
    thread_.join();
}

bool ControlServer::serve(Client& client) {
    constexpr std::size_t kMaxLine = 1024;
    std::array<char, kMaxLine> chunk;
    const ssize_t count = recv(client.socket.fd(), chunk.data(), chunk.size(), 0);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    if (count == 0) return false;
    client.inbox.append(chunk.data(), static_cast<std::size_t>(count));
    for (auto end = client.inbox.find('\n'); end != std::string::npos; end = client.inbox.find('\n')) {
        std::string line = client.inbox.substr(0, end);
        client.inbox.erase(0, end + 1);
        if (line.ends_with('\r')) line.pop_back();
        const std::string answer = execute_(line) + "\n";
        // An answer is shorter than any socket buffer; a client that reads none of them is dropped.
        if (send(client.socket.fd(), answer.data(), answer.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(answer.size())) {
            return false;
        }
    }
    return client.inbox.size() <= kMaxLine;
}

void ControlServer::run() {
    constexpr std::size_t kMaxClients = 16;
    while (true) {
        const short accepting = clients_.size() < kMaxClients ? POLLIN : short{0};
        std::vector<pollfd> polled{{stop_.fd(), POLLIN, 0}, {listener_.fd(), accepting, 0}};
        for (const Client& client : clients_) polled.push_back({client.socket.fd(), POLLIN, 0});
        if (poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) return;
        if (polled[0].revents != 0) return;
        std::size_t index = 2;
        for (auto client = clients_.begin(); client != clients_.end();) {
            const bool ready = polled[index++].revents != 0;
            client = ready && !serve(*client) ? clients_.erase(client) : std::next(client);
        }
        if (polled[1].revents != 0) {
            Socket socket(accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
            if (socket) clients_.push_back({std::move(socket), {}});
        }
    }
}

}  // namespace gatehouse::simcam
