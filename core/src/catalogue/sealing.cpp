#include "catalogue/sealing.h"

#include <openssl/evp.h>

#include <memory>

#include <gatehouse/error.h>

#include "catalogue/random_id.h"

namespace gatehouse::catalogue {

namespace {

constexpr char kVersion = 1;
constexpr std::size_t kKeyIdSize = 8, kNonceSize = 12, kTagSize = 16;
constexpr std::size_t kHeadSize = 1 + kKeyIdSize;
constexpr std::size_t kLargestPlain = 64 * 1024;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

[[noreturn]] void refuse(const std::string& text) { throw Error(ErrorCode::kInternal, text); }

void must(int result) {
    if (result != 1) refuse("AES-256-GCM failed");
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string head_of(const MasterKey& key) {
    std::string head(1, kVersion);
    for (std::size_t i = 0; i < kKeyIdSize; ++i)
        head += static_cast<char>(std::stoi(key.id().substr(2 * i, 2), nullptr, 16));
    return head;
}

std::string authenticated(std::string_view head, const SealedPlace& place) {
    std::string text(head);
    text.append(place.table).append("|").append(place.row_uuid).append("|").append(place.column);
    return text;
}

Cipher start(bool sealing, const MasterKey& key, std::string_view nonce, const std::string& aad) {
    Cipher cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    if (!cipher) refuse("AES-256-GCM failed");
    const auto* key_bytes = reinterpret_cast<const unsigned char*>(key.bytes().data());
    must(EVP_CipherInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key_bytes, bytes_of(nonce), sealing ? 1 : 0));
    int size = 0;
    must(EVP_CipherUpdate(cipher.get(), nullptr, &size, bytes_of(aad), static_cast<int>(aad.size())));
    return cipher;
}

}  // namespace

std::string seal(const MasterKey& key, const SealedPlace& place, std::string_view plain) {
    if (plain.size() > kLargestPlain) refuse("a secret of more than 64 KiB cannot be sealed");
    std::string blob = head_of(key);
    const std::string aad = authenticated(blob, place);
    const std::string nonce = random_bytes(kNonceSize);
    const Cipher cipher = start(true, key, nonce, aad);
    std::string sealed(plain.size(), '\0'), tag(kTagSize, '\0');
    int size = 0;
    if (!plain.empty())
        must(EVP_CipherUpdate(cipher.get(), bytes_of(sealed), &size, bytes_of(plain), static_cast<int>(plain.size())));
    must(EVP_CipherFinal_ex(cipher.get(), bytes_of(tag), &size));
    must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTagSize), tag.data()));
    return blob.append(nonce).append(sealed).append(tag);
}

std::string unseal(const MasterKey& key, const SealedPlace& place, std::string_view blob) {
    if (blob.size() < kHeadSize + kNonceSize + kTagSize ||
        blob.size() > kHeadSize + kNonceSize + kLargestPlain + kTagSize || blob.front() != kVersion)
        refuse("the stored secret has an unknown form; enter it again");
    const std::string_view head = blob.substr(0, kHeadSize);
    if (head != head_of(key))
        refuse(
            "the master key does not open the stored secret: it was sealed with another key; bring that key back, or "
            "enter the secret again");
    const std::string_view nonce = blob.substr(kHeadSize, kNonceSize);
    const std::string_view sealed =
        blob.substr(kHeadSize + kNonceSize, blob.size() - kHeadSize - kNonceSize - kTagSize);
    std::string tag(blob.substr(blob.size() - kTagSize));
    const Cipher cipher = start(false, key, nonce, authenticated(head, place));
    std::string plain(sealed.size(), '\0'), rest(kTagSize, '\0');
    int size = 0;
    if (!sealed.empty())
        must(EVP_CipherUpdate(cipher.get(), bytes_of(plain), &size, bytes_of(sealed), static_cast<int>(sealed.size())));
    must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTagSize), tag.data()));
    if (EVP_CipherFinal_ex(cipher.get(), bytes_of(rest), &size) != 1)
        refuse("the stored secret was changed or moved outside Gatehouse and does not open; enter it again");
    return plain;
}

}  // namespace gatehouse::catalogue
