// The server's side of TLS on one non-blocking socket, with the manners of recv and send.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>

#include "net/tls_context.h"

extern "C" {
struct ssl_st;
}

namespace gatehouse::net {

// What OpenSSL's end of the socket knows of its session.
struct TlsWire {
    int fd = -1;
    unsigned late_messages = 0;  // of the handshake protocol, after the handshake
};

// Not thread-safe; never blocks, never raises SIGPIPE. Nothing buffers here between calls but OpenSSL itself: up to one
// record each way, and none while idle.
class TlsSession {
public:
    enum class Shake { kDone, kWantRead, kWantWrite, kPlainHttp, kFailed };

    // `fd` stays the caller's and must outlive the session. Throws Error(kInternal) for want of memory.
    TlsSession(std::shared_ptr<const TlsContext> context, int fd);
    ~TlsSession();
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    // To be called again whenever the socket is ready for what it wanted. kPlainHttp: the client does not speak TLS.
    Shake handshake();
    bool established() const noexcept { return established_; }

    // As recv: 0 at the end of the stream; -1 with errno, EAGAIN where the socket has to become readable first.
    ssize_t read(char* bytes, std::size_t room);
    // Bytes have come that no readiness of the socket will announce: read() again.
    bool has_more() const noexcept;
    // As send. After EAGAIN the next call must bring the same bytes again, at whatever address.
    ssize_t write(const char* bytes, std::size_t size);
    // Tells the client, as far as the socket takes it, that nothing more will come.
    void say_goodbye() noexcept;

private:
    ssize_t failed(bool try_again);
    static void saw_message(int written, int version, int content_type, const void* bytes, std::size_t size,
                            ssl_st* session, void* self);

    TlsWire wire_;
    std::shared_ptr<const TlsContext> context_;
    struct Free {
        void operator()(ssl_st* session) const noexcept;
    };
    std::unique_ptr<ssl_st, Free> session_;
    bool established_ = false, broken_ = false, read_dry_ = false;
};

}  // namespace gatehouse::net
