#include "proxy_connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>

namespace gatehouse::simcam {
namespace {

constexpr std::size_t kMaxBuffered = 256 * 1024;

// Appends what can be read without blocking, one buffer at most; false when the peer is gone.
bool receive(const Socket& socket, std::string& into) {
    std::array<char, 32 * 1024> chunk;
    const ssize_t count = recv(socket.fd(), chunk.data(), chunk.size(), 0);
    if (count > 0) into.append(chunk.data(), static_cast<std::size_t>(count));
    return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

// Sends what the peer takes; false when the peer is gone.
bool transmit(const Socket& socket, std::string& from, std::size_t limit) {
    if (from.empty()) return true;
    const ssize_t count = send(socket.fd(), from.data(), std::min(from.size(), limit), MSG_NOSIGNAL);
    if (count > 0) from.erase(0, static_cast<std::size_t>(count));
    return count >= 0 || errno == EAGAIN || errno == EINTR;
}

}  // namespace

bool ProxyConnection::wants_client_input() const { return to_server_.size() < kMaxBuffered; }
bool ProxyConnection::wants_client_output() const { return !to_client_.empty() && !trickles(); }
bool ProxyConnection::wants_server_input() const { return to_client_.size() < kMaxBuffered; }

void ProxyConnection::close(bool with_reset) {
    if (closed_) return;
    closed_ = true;
    if (with_reset) reset_on_close(client_);
    client_ = Socket();
    server_ = Socket();
}

void ProxyConnection::on_client(bool readable, bool writable) {
    if (writable) flush_to_client();
    if (!readable || closed_) return;
    if (!receive(client_, inbox_)) return close(false);
    try {
        while (!closed_) {
            auto message = next_rtsp_message(inbox_);
            if (!message) break;
            handle(std::move(*message));
        }
    } catch (const std::runtime_error&) {
        close(false);
    }
    if (!closed_ && server_ && !transmit(server_, to_server_, kMaxBuffered)) close(false);
}

void ProxyConnection::on_server(bool readable, bool writable) {
    if (writable && !transmit(server_, to_server_, kMaxBuffered)) return close(false);
    if (!readable || closed_) return;
    if (!receive(server_, to_client_)) return close(false);
    if (!trickles()) flush_to_client();
}

void ProxyConnection::flush_to_client() {
    if (!transmit(client_, to_client_, kMaxBuffered)) close(false);
}

void ProxyConnection::release_one_byte() {
    if (trickles() && !transmit(client_, to_client_, 1)) close(false);
}

void ProxyConnection::handle(RtspMessage message) {
    if (hung_) return;
    if (camera_ == nullptr) camera_ = route_(message);
    if (camera_ == nullptr) return close(false);
    if (!server_) {
        if (camera_->fault != ConnectionFault::refuse) server_ = connect_loopback(camera_->internal_port);
        if (!server_) return close(true);
    }
    if (!message.method.empty()) {
        if (camera_->fault == ConnectionFault::unauthorized) return answer_unauthorized(message);
        hung_ = camera_->fault == ConnectionFault::hang && message.method == camera_->hang_method;
        if (hung_) return;
        if (message.method == "PLAY") {
            ++camera_->plays;
            playing_ = true;
        }
    }
    to_server_ += message.bytes;
}

void ProxyConnection::answer_unauthorized(const RtspMessage& request) {
    to_client_ += "RTSP/1.0 401 Unauthorized\r\nCSeq: " + request.cseq +
                  "\r\nWWW-Authenticate: Digest realm=\"gatehouse-simcam\", nonce=\"5ca1ab1e\"\r\n\r\n";
    flush_to_client();
}

}  // namespace gatehouse::simcam
