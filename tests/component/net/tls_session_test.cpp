#include "net/tls_session.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include <gatehouse/unique_fd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>

#include "temporary_directory.h"

using namespace gatehouse;
using namespace gatehouse::net;

namespace {

// A certificate signed by itself, and its key.
struct Files {
    Files() {
        char curve[] = "P-256";  // as the C library wants it
        EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve);
        X509* made = X509_new();
        ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
        X509_gmtime_adj(X509_getm_notBefore(made), 0);
        X509_gmtime_adj(X509_getm_notAfter(made), 3'600);
        X509_set_pubkey(made, key);
        X509_sign(made, key, EVP_sha256());
        write(certificate, [&](FILE* file) { PEM_write_X509(file, made); });
        write(private_key, [&](FILE* file) { PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr); });
        X509_free(made);
        EVP_PKEY_free(key);
    }
    template <class Write>
    static void write(const std::string& path, Write to) {
        FILE* file = std::fopen(path.c_str(), "wx");
        BOOST_REQUIRE(file != nullptr);
        ::chmod(path.c_str(), 0600);
        to(file);
        std::fclose(file);
    }
    testing::TemporaryDirectory directory;
    const std::string certificate = directory / "door.crt", private_key = directory / "door.key";
};

// A server's session and a client on the two ends of a socket.
struct Pair {
    Pair() {
        int ends[2];
        BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
        ours = UniqueFd(ends[0]);
        theirs = UniqueFd(ends[1]);
        session = std::make_unique<TlsSession>(TlsContext::load({files.certificate, files.private_key}), ours.get());
        SSL_set_fd(client.get(), theirs.get());
        int connected = 0;
        for (int turn = 0; turn < 10 && (connected != 1 || !session->established()); ++turn) {
            connected = SSL_connect(client.get());
            session->handshake();
        }
        BOOST_REQUIRE((connected == 1 && session->established()));
    }
    int queued() const {
        int bytes = 0;
        ::ioctl(ours.get(), FIONREAD, &bytes);
        return bytes;
    }

    Files files;
    UniqueFd ours, theirs;
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
    std::unique_ptr<SSL, void (*)(SSL*)> client{SSL_new(context.get()), SSL_free};
    std::unique_ptr<TlsSession> session;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(tls_session, Pair)

BOOST_AUTO_TEST_CASE(what_a_client_sends_is_read) {
    BOOST_REQUIRE(SSL_write(client.get(), "hello", 5) == 5);
    char bytes[16];
    BOOST_TEST(session->read(bytes, sizeof bytes) == 5);
    BOOST_TEST(std::string(bytes, 5) == "hello");
    BOOST_TEST(session->read(bytes, sizeof bytes) == -1);
    BOOST_TEST(errno == EAGAIN);
}

// Records of 65 bytes: whatever OpenSSL reads at a time ends in part of a head, and then it reads on.
BOOST_AUTO_TEST_CASE(key_updates_that_wait_are_not_all_read_before_the_session_ends) {
    SSL_set_block_padding(client.get(), 44);
    BIO* memory = BIO_new(BIO_s_mem());
    SSL_set0_wbio(client.get(), memory);
    for (int i = 0; i < 1'500; ++i) {
        SSL_key_update(client.get(), SSL_KEY_UPDATE_NOT_REQUESTED);
        BOOST_REQUIRE(SSL_do_handshake(client.get()) == 1);
    }
    char* updates = nullptr;
    const long size = BIO_get_mem_data(memory, &updates);
    BOOST_REQUIRE(size == 1'500 * 65);
    BOOST_REQUIRE(::send(theirs.get(), updates, static_cast<std::size_t>(size), 0) == size);
    const int before = queued();
    BOOST_REQUIRE(before > 50'000);
    char bytes[16];
    ssize_t got = 0;
    for (int i = 0; i < 40 && (got = session->read(bytes, sizeof bytes)) < 0 && errno == EAGAIN; ++i) continue;
    BOOST_TEST(got == -1);
    BOOST_TEST(errno == EPROTO);
    BOOST_TEST(before - queued() < 20'000);  // one buffer of OpenSSL's
}

BOOST_AUTO_TEST_SUITE_END()
