#include "hook_certificate.h"

#include <gatehouse/error.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string_view>

namespace gatehouse::mediamtx {
namespace {

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

// Nobody looks at the dates; a box without a clock shall not begin to.
constexpr char kFrom[] = "20000101000000Z", kUntil[] = "99991231235959Z";
constexpr std::string_view kName = "Gatehouse auth hook";

bool name_and_sign(X509* certificate, EVP_PKEY* key) {
    X509_NAME* name = X509_get_subject_name(certificate);
    return X509_set_version(certificate, X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
           ASN1_TIME_set_string(X509_getm_notBefore(certificate), kFrom) == 1 &&
           ASN1_TIME_set_string(X509_getm_notAfter(certificate), kUntil) == 1 &&
           X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(kName.data()),
                                      static_cast<int>(kName.size()), -1, 0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
           X509_sign(certificate, key, EVP_sha256()) > 0;
}

int no_passphrase(char*, int, int, void*) { return -1; }

Bio memory(const std::string& text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

}  // namespace

std::string make_hook_certificate() {
    char curve[] = "P-256";  // as the C library wants it
    const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
    const Certificate certificate(X509_new());
    const Bio out(BIO_new(BIO_s_mem()));
    const bool made = key && certificate && out && name_and_sign(certificate.get(), key.get()) &&
                      PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
                      PEM_write_bio_X509(out.get(), certificate.get()) == 1;
    ERR_clear_error();
    if (!made) throw Error(ErrorCode::kInternal, "a certificate for the auth hook cannot be made");
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

std::optional<std::string> fingerprint_of(const std::string& pem) {
    const Bio for_key = memory(pem), for_certificate = memory(pem);
    const Key key(PEM_read_bio_PrivateKey(for_key.get(), nullptr, no_passphrase, nullptr));
    const Certificate certificate(PEM_read_bio_X509(for_certificate.get(), nullptr, no_passphrase, nullptr));
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    const bool whole = key && certificate && X509_check_private_key(certificate.get(), key.get()) == 1 &&
                       X509_digest(certificate.get(), EVP_sha256(), digest, &size) == 1;
    ERR_clear_error();
    if (!whole) return std::nullopt;
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (unsigned i = 0; i < size; ++i) {
        out += kDigits[digest[i] >> 4U];
        out += kDigits[digest[i] & 15U];
    }
    return out;
}

}  // namespace gatehouse::mediamtx
