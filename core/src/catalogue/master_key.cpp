#include "catalogue/master_key.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include <gatehouse/error.h>

#include "catalogue/random_id.h"

namespace gatehouse::catalogue {

namespace {

constexpr std::size_t kLargestFile = 66;  // 64 digits, carriage return, line feed

[[noreturn]] void refuse(const std::string& text) { throw Error(ErrorCode::kUnavailable, "master key: " + text); }

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }

private:
    int fd_;
};

struct Wiped {
    std::string text;
    ~Wiped() { OPENSSL_cleanse(text.data(), text.size()); }
};

std::string errno_text() { return std::generic_category().message(errno); }

std::string how_to_make(const std::string& path) {
    return "make one as root with: (umask 077; mkdir -p " + std::filesystem::path(path).parent_path().string() +
           "; openssl rand -hex 32 > " + path + ")";
}

void check_ownership(int fd, const std::string& path, bool from_systemd) {
    struct stat info {};
    if (::fstat(fd, &info) != 0) refuse("cannot examine " + path + ": " + errno_text());
    if (!S_ISREG(info.st_mode)) refuse(path + " is not a regular file");
    if (info.st_uid != 0 && info.st_uid != ::geteuid())
        refuse(path + " belongs to user id " + std::to_string(info.st_uid) +
               ", but must belong to root or to the user gatehoused runs as: chown root " + path);
    // Where systemd grants access by an ACL, its mask shows as group permission.
    const mode_t forbidden = from_systemd ? S_IRWXO : (S_IRWXG | S_IRWXO);
    if ((info.st_mode & forbidden) != 0) refuse(path + " may be read by others: chmod 0600 " + path);
}

// Nothing where the file does not exist.
std::optional<MasterKey::Bytes> read_key(const std::string& path, bool from_systemd) {
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (fd.get() < 0) {
        if (errno == ENOENT) return std::nullopt;
        refuse("cannot read " + path + ": " + errno_text());
    }
    check_ownership(fd.get(), path, from_systemd);
    Wiped content{std::string(kLargestFile + 1, '\0')};
    std::size_t have = 0;
    while (have < content.text.size()) {
        const ssize_t n = ::read(fd.get(), content.text.data() + have, content.text.size() - have);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) refuse("cannot read " + path + ": " + errno_text());
        if (n == 0) break;
        have += static_cast<std::size_t>(n);
    }
    MasterKey::Bytes bytes{};
    std::string_view text(content.text.data(), have);
    if (text.size() == MasterKey::kSize) {
        std::memcpy(bytes.data(), text.data(), bytes.size());
        return bytes;
    }
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    const auto digit = [](char c) {
        return c >= '0' && c <= '9'   ? c - '0'
               : c >= 'a' && c <= 'f' ? c - 'a' + 10
               : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                      : -1;
    };
    bool good = text.size() == 2 * MasterKey::kSize;
    for (std::size_t i = 0; good && i < bytes.size(); ++i) {
        const int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        good = high >= 0 && low >= 0;
        if (good) bytes[i] = static_cast<std::byte>(high * 16 + low);
    }
    if (!good) refuse(path + " must hold 32 bytes, or 64 hexadecimal digits; it holds something else");
    return bytes;
}

bool lies_inside(const std::string& file, const std::string& directory) {
    if (file.empty() || directory.empty()) return false;
    const auto inner = std::filesystem::path(file).lexically_normal();
    const auto outer = std::filesystem::path(directory).lexically_normal();
    const auto relative = inner.lexically_relative(outer);
    return inner.is_absolute() && !relative.empty() && *relative.begin() != ".." && relative != ".";
}

void write_all(int fd, const std::string& path, std::string_view text) {
    while (!text.empty()) {
        const ssize_t n = ::write(fd, text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) refuse("cannot write " + path + ": " + errno_text());
        text.remove_prefix(static_cast<std::size_t>(n));
    }
}

// A key that was lost after something was sealed with it is lost for good, so it is on the disk before it is used.
void create_key(const std::string& path) {
    Wiped raw{random_bytes(MasterKey::kSize)};
    Wiped text{std::string()};
    text.text.reserve(2 * MasterKey::kSize + 1);
    for (const char c : raw.text) {
        static constexpr char kHex[] = "0123456789abcdef";
        text.text += kHex[static_cast<unsigned char>(c) >> 4];
        text.text += kHex[static_cast<unsigned char>(c) & 0x0f];
    }
    text.text += '\n';
    const Descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (fd.get() < 0) refuse("cannot make " + path + ": " + errno_text());
    write_all(fd.get(), path, text.text);
    if (::fsync(fd.get()) != 0) refuse("cannot write " + path + ": " + errno_text());
    const Descriptor directory(
        ::open(std::filesystem::path(path).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() < 0 || ::fsync(directory.get()) != 0)
        refuse("cannot write beside " + path + ": " + errno_text());
}

std::string id_of(const MasterKey::Bytes& bytes) {
    static constexpr std::string_view kPurpose = "gatehouse master key id";
    Wiped text{std::string(kPurpose)};
    text.text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_Digest(text.text.data(), text.text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
        throw Error(ErrorCode::kInternal, "SHA-256 failed");
    std::string id;
    for (std::size_t i = 0; i < 8; ++i) {
        static constexpr char kHex[] = "0123456789abcdef";
        id += kHex[digest[i] >> 4];
        id += kHex[digest[i] & 0x0f];
    }
    return id;
}

}  // namespace

MasterKeyPlaces MasterKeyPlaces::from_environment(std::string file, std::string state_dir) {
    const char* credentials = std::getenv("CREDENTIALS_DIRECTORY");
    return {std::move(file), std::move(state_dir), credentials ? credentials : ""};
}

MasterKey::MasterKey(const Bytes& bytes) : bytes_(bytes), id_(id_of(bytes)) {}

MasterKey::~MasterKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

MasterKey MasterKey::load(const MasterKeyPlaces& places) {
    const auto made_of = [](const Bytes& bytes, std::string origin) {
        MasterKey key(bytes);
        key.origin_ = std::move(origin);
        return key;
    };
    if (!places.credentials_dir.empty()) {
        const std::string path = places.credentials_dir + "/master.key";
        if (const auto bytes = read_key(path, true)) return made_of(*bytes, path);
    }
    if (places.file.empty()) refuse("paths.master_key is not set and systemd hands over no credential master.key");
    if (const auto bytes = read_key(places.file, false)) return made_of(*bytes, places.file);
    if (!lies_inside(places.file, places.state_dir))
        refuse("there is none at " + places.file + "; " + how_to_make(places.file));
    create_key(places.file);
    const auto bytes = read_key(places.file, false);
    if (!bytes) refuse(places.file + " vanished as soon as it was made");
    MasterKey key = made_of(*bytes, places.file);
    key.created_ = true;
    return key;
}

}  // namespace gatehouse::catalogue
