// Takes connections from a listening socket on one loop.
#pragma once

#include <sys/socket.h>

#include <functional>
#include <memory>
#include <mutex>

#include <gatehouse/unique_fd.h>

namespace boost::asio {
class io_context;
}

namespace gatehouse::net {

// A descriptor held back for the moment in which there are no others. Shared by all acceptors of a process: each
// accepts under the lock, so that none takes the descriptor another has just freed to turn a client away.
class DescriptorReserve {
public:
    DescriptorReserve() { refill(); }

private:
    friend class Acceptor;
    void refill();
    std::mutex mutex_;
    UniqueFd held_;
};

// Loop thread only, but for the constructor. Out of descriptors, it gives up a reserved one to take the connection and
// close it, so that clients are told at once and the loop does not spin; it goes on when descriptors are free again.
class Acceptor {
public:
    struct Events {
        std::function<void(UniqueFd, const sockaddr_storage&)> accepted;  // non-blocking, close-on-exec
        std::function<void(int cause)> failed;                            // errno of an accept that gave nothing
    };
    // `listening` is non-blocking; several loops may hold duplicates of one socket.
    Acceptor(boost::asio::io_context& context, UniqueFd listening, std::shared_ptr<DescriptorReserve> reserve,
             Events events);
    ~Acceptor();  // close(), without the last round
    Acceptor(const Acceptor&) = delete;
    Acceptor& operator=(const Acceptor&) = delete;

    void start();
    // Takes what the kernel has queued, then lets go of the socket.
    void close();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace gatehouse::net
