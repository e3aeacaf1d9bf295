#include "net/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>

namespace gatehouse::net {

namespace {

// Key updates and the like: clients that mean well send one in a gigabyte, others could keep us deriving keys for ever.
constexpr unsigned kLateMessages = 32;

// OpenSSL's own socket BIO calls write(), which raises SIGPIPE when the client has gone.
const TlsWire& wire_of(BIO* bio) { return *static_cast<const TlsWire*>(BIO_get_data(bio)); }

int bio_send(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    const ssize_t sent = ::send(wire_of(bio).fd, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
    return static_cast<int>(sent);
}

int bio_receive(BIO* bio, char* bytes, int room) {
    BIO_clear_retry_flags(bio);
    // One call of SSL_read goes on for as long as what it reads ends in part of a head (OpenSSL 3.0.19, observed).
    if (wire_of(bio).late_messages > kLateMessages) return -1;
    const ssize_t got = ::recv(wire_of(bio).fd, bytes, static_cast<std::size_t>(room), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
    if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return static_cast<int>(got);
}

long bio_control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP ? 1 : 0;
}

const BIO_METHOD* socket_method() {
    static const std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)> method = [] {
        std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)> made(
            BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gatehouse socket"), BIO_meth_free);
        if (made) {
            BIO_meth_set_write(made.get(), bio_send);
            BIO_meth_set_read(made.get(), bio_receive);
            BIO_meth_set_ctrl(made.get(), bio_control);
        }
        return made;
    }();
    return method.get();
}

}  // namespace

void TlsSession::Free::operator()(ssl_st* session) const noexcept { SSL_free(session); }

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context, int fd)
    : wire_{fd, 0}, context_(std::move(context)), session_(SSL_new(context_->native())) {
    BIO* const bio = BIO_new(socket_method());
    if (!session_ || bio == nullptr) {
        BIO_free(bio);
        throw Error(ErrorCode::kInternal, "no memory for a TLS session");
    }
    BIO_set_data(bio, &wire_);
    BIO_set_init(bio, 1);
    SSL_set_bio(session_.get(), bio, bio);
    SSL_set_accept_state(session_.get());
    SSL_set_msg_callback(session_.get(), saw_message);
    SSL_set_msg_callback_arg(session_.get(), this);
}

TlsSession::~TlsSession() = default;

TlsSession::Shake TlsSession::handshake() {
    ERR_clear_error();
    const int result = SSL_do_handshake(session_.get());
    if (result == 1) {
        established_ = true;
        return Shake::kDone;
    }
    const int cause = SSL_get_error(session_.get(), result);
    if (cause == SSL_ERROR_WANT_READ) return Shake::kWantRead;
    if (cause == SSL_ERROR_WANT_WRITE) return Shake::kWantWrite;
    broken_ = true;
    const int reason = ERR_GET_REASON(ERR_peek_error());
    ERR_clear_error();
    return cause == SSL_ERROR_SSL && (reason == SSL_R_HTTP_REQUEST || reason == SSL_R_HTTPS_PROXY_REQUEST)
               ? Shake::kPlainHttp
               : Shake::kFailed;
}

ssize_t TlsSession::read(char* bytes, std::size_t room) {
    ERR_clear_error();
    std::size_t got = 0;
    const int result = SSL_read_ex(session_.get(), bytes, room, &got);
    read_dry_ = false;
    if (wire_.late_messages > kLateMessages) return failed(false);
    if (result == 1) return static_cast<ssize_t>(got);
    const int cause = SSL_get_error(session_.get(), result);
    if (cause == SSL_ERROR_ZERO_RETURN) return 0;
    // One that wants to write is the client's doing: it asks for key updates and takes no answer.
    read_dry_ = cause == SSL_ERROR_WANT_READ;
    return failed(read_dry_);
}

void TlsSession::saw_message(int written, int, int content_type, const void*, std::size_t, ssl_st*, void* self) {
    auto& session = *static_cast<TlsSession*>(self);
    if (written == 0 && content_type == SSL3_RT_HANDSHAKE && session.established_) ++session.wire_.late_messages;
}

bool TlsSession::has_more() const noexcept { return !read_dry_ && SSL_has_pending(session_.get()) == 1; }

ssize_t TlsSession::write(const char* bytes, std::size_t size) {
    ERR_clear_error();
    std::size_t wrote = 0;
    const int result = SSL_write_ex(session_.get(), bytes, size, &wrote);
    if (result == 1) return static_cast<ssize_t>(wrote);
    return failed(SSL_get_error(session_.get(), result) == SSL_ERROR_WANT_WRITE);
}

ssize_t TlsSession::failed(bool try_again) {
    if (!try_again) broken_ = true;
    ERR_clear_error();
    errno = try_again ? EAGAIN : EPROTO;
    return -1;
}

void TlsSession::say_goodbye() noexcept {
    if (!established_ || broken_) return;
    broken_ = true;
    ERR_clear_error();
    (void)SSL_shutdown(session_.get());
    ERR_clear_error();
}

}  // namespace gatehouse::net
