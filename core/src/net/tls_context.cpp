#include "net/tls_context.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <system_error>

#include <gatehouse/unique_fd.h>

namespace gatehouse::net {

namespace {

constexpr std::size_t kFileLimitBytes = 1u << 20;
constexpr char kCiphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr char kCiphers13[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr unsigned char kAlpn[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
constexpr unsigned char kSessionContext[] = {'g', 'a', 't', 'e', 'h', 'o', 'u', 's', 'e'};
constexpr long kSessionLife_s = 2 * 3600;

template <auto free>
struct Free {
    template <class T>
    void operator()(T* thing) const noexcept {
        free(thing);
    }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

std::string openssl_reason() {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason != nullptr ? reason : "unknown cause";
}

std::string system_reason(int cause) { return std::generic_category().message(cause); }

std::string read_pem(const std::string& path, bool of_key) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0)
        throw TlsFileError(of_key, "cannot read " + path + ": " + system_reason(errno));
    if (!S_ISREG(status.st_mode)) throw TlsFileError(of_key, path + " is not a regular file");
    if (of_key && (status.st_mode & S_IRWXO) != 0)
        throw TlsFileError(true, "the private key " + path + " is open to everybody on this machine; chmod 0640 it");
    if (static_cast<std::uint64_t>(status.st_size) > kFileLimitBytes)
        throw TlsFileError(of_key, path + " is larger than 1 MiB, which no PEM file needs");
    std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
    for (std::size_t at = 0; at < bytes.size();) {
        const ssize_t got = ::read(fd.get(), bytes.data() + at, bytes.size() - at);
        if (got < 0) throw TlsFileError(of_key, "cannot read " + path + ": " + system_reason(errno));
        if (got == 0) bytes.resize(at);
        at += static_cast<std::size_t>(got);
    }
    return bytes;
}

Bio memory(const std::string& bytes) { return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))); }

int no_passphrase(char*, int, int, void*) { return -1; }

Certificate next_certificate(BIO* bio) { return Certificate(PEM_read_bio_X509(bio, nullptr, no_passphrase, nullptr)); }

void use_chain(SSL_CTX* context, BIO* rest, const std::string& path) {
    while (Certificate link = next_certificate(rest)) {
        if (SSL_CTX_add0_chain_cert(context, link.get()) != 1)
            throw TlsFileError(false, path + ": a certificate of the chain is refused: " + openssl_reason());
        (void)link.release();
    }
    const unsigned long end = ERR_peek_last_error();
    if (ERR_GET_LIB(end) != ERR_LIB_PEM || ERR_GET_REASON(end) != PEM_R_NO_START_LINE)
        throw TlsFileError(false, path + ": the chain is malformed: " + openssl_reason());
    ERR_clear_error();
}

std::string fingerprint_of(X509* certificate) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    X509_digest(certificate, EVP_sha256(), digest, &size);
    static constexpr char kHex[] = "0123456789abcdef";
    std::string text;
    for (unsigned int i = 0; i < size; ++i) (text += kHex[digest[i] >> 4]) += kHex[digest[i] & 15];
    return text;
}

UtcTime time_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
    return UtcTime{static_cast<std::int64_t>(::timegm(&parts)) * 1'000'000};
}

// RFC 7301: a client that names protocols, but not this one, is told so.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, out_size, kAlpn, sizeof kAlpn, offered, offered_size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

bool configure(SSL_CTX* context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                     SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    // An idle connection holds no record buffers; a write may be tried again from another copy of its bytes.
    SSL_CTX_set_mode(context,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // Or one read would go on for as long as a client sends key updates.
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets only: nothing is kept for clients
    SSL_CTX_set_timeout(context, kSessionLife_s);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(context, kCiphers) == 1 && SSL_CTX_set_ciphersuites(context, kCiphers13) == 1 &&
           SSL_CTX_set_num_tickets(context, 1) == 1 &&
           SSL_CTX_set_session_id_context(context, kSessionContext, sizeof kSessionContext) == 1;
}

}  // namespace

TlsContext::TlsContext() : context_(SSL_CTX_new(TLS_server_method())) {
    if (context_ == nullptr || !configure(context_))
        throw Error(ErrorCode::kInternal, "TLS cannot be set up: " + openssl_reason());
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

std::shared_ptr<const TlsContext> TlsContext::load(const TlsFiles& files) {
    ERR_clear_error();
    const std::string certificate_pem = read_pem(files.certificate, false), key_pem = read_pem(files.key, true);
    const std::shared_ptr<TlsContext> made(new TlsContext);
    const Bio certificates = memory(certificate_pem);
    const Certificate own = next_certificate(certificates.get());
    if (!own) throw TlsFileError(false, files.certificate + " holds no certificate in PEM form: " + openssl_reason());
    if (SSL_CTX_use_certificate(made->context_, own.get()) != 1)
        throw TlsFileError(false, files.certificate + ": the certificate is refused: " + openssl_reason());
    use_chain(made->context_, certificates.get(), files.certificate);
    const Key key(PEM_read_bio_PrivateKey(memory(key_pem).get(), nullptr, no_passphrase, nullptr));
    if (!key)
        throw TlsFileError(true,
                           files.key + " holds no private key in PEM form without a passphrase: " + openssl_reason());
    if (X509_check_private_key(own.get(), key.get()) != 1) {
        ERR_clear_error();
        throw TlsFileError(true,
                           "the private key " + files.key + " does not belong to the certificate " + files.certificate);
    }
    if (SSL_CTX_use_PrivateKey(made->context_, key.get()) != 1)
        throw TlsFileError(true, files.key + ": the private key is refused: " + openssl_reason());
    made->expires_ = time_of(X509_get0_notAfter(own.get()));
    made->fingerprint_ = fingerprint_of(own.get());
    return made;
}

}  // namespace gatehouse::net
