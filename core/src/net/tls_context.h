// The certificate of a TLS door, checked once and shared by its connections.
#pragma once

#include <memory>
#include <string>

#include <gatehouse/clock.h>
#include <gatehouse/error.h>

extern "C" {
struct ssl_ctx_st;
}

namespace gatehouse::net {

// PEM files. The certificate's file holds the chain: the door's own certificate first.
struct TlsFiles {
    std::string certificate;
    std::string key;  // without a passphrase, and closed to others than its owner and group
};

// Says which of the two files is to blame.
class TlsFileError : public Error {
public:
    TlsFileError(bool of_key, const std::string& message)
        : Error(ErrorCode::kInvalidArgument, message), of_key_(of_key) {}
    bool of_key() const noexcept { return of_key_; }

private:
    bool of_key_;
};

// Immutable, thread-safe. TLS 1.2 and 1.3 with forward secrecy and authenticated encryption only; ALPN "http/1.1"; no
// renegotiation, no early data. Sessions are resumed by tickets (RFC 5077, RFC 8446 section 4.6.1) under keys that live
// as long as the context. A certificate that has expired is accepted: a box whose clock is wrong must stay reachable.
class TlsContext {
public:
    // Throws TlsFileError. Blocking.
    static std::shared_ptr<const TlsContext> load(const TlsFiles& files);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    UtcTime expires() const noexcept { return expires_; }
    // SHA-256 of the certificate, in hex; tells one certificate from its renewal.
    const std::string& fingerprint() const noexcept { return fingerprint_; }
    // For TlsSession.
    ssl_ctx_st* native() const noexcept { return context_; }

private:
    TlsContext();
    ssl_ctx_st* context_;
    UtcTime expires_;
    std::string fingerprint_;
};

}  // namespace gatehouse::net
