#include "kept_secrets.h"

#include <gatehouse/error.h>

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <system_error>

#include "hook_certificate.h"

namespace gatehouse::mediamtx {
namespace {

constexpr std::size_t kLength = 40;
constexpr std::string_view kFirstLine = "gatehouse-mediamtx-3";

bool is_secret(const std::string& text) {
    return text.size() == kLength && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
           });
}

}  // namespace

std::string random_secret() {
    static constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    std::string out;
    std::array<unsigned char, 64> bytes{};
    while (out.size() < kLength) {
        if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
            throw Error(ErrorCode::kInternal, "the kernel gives no random numbers");
        for (const unsigned char byte : bytes)  // bytes beyond a multiple of 62 are left out: no letter is likelier
            if (byte < 4 * kLetters.size() && out.size() < kLength) out += kLetters[byte % kLetters.size()];
    }
    return out;
}

KeptSecrets load_secrets(const std::string& path) {
    KeptSecrets kept;
    std::string first;
    unsigned port = 0;
    std::ifstream in(path);
    // Only a file of the very user, readable by nobody else, is believed.
    struct stat s {};
    const bool safe = ::lstat(path.c_str(), &s) == 0 && S_ISREG(s.st_mode) && (s.st_mode & 077U) == 0 &&
                      s.st_uid == ::geteuid() && s.st_size < 4'096;
    if (safe && in >> first >> kept.cdn >> kept.reader >> kept.hook >> kept.api >> port && first == kFirstLine &&
        is_secret(kept.cdn) && is_secret(kept.reader) && is_secret(kept.hook) && is_secret(kept.api) &&
        port <= 65'535) {
        kept.hook_port = static_cast<std::uint16_t>(port);
        in >> std::ws;
        kept.certificate.assign(std::istreambuf_iterator<char>(in), {});
        if (fingerprint_of(kept.certificate)) return kept;
    }
    return {random_secret(), random_secret(), random_secret(), random_secret(), 0, make_hook_certificate()};
}

void save_secrets(const std::string& path, const KeptSecrets& secrets) {
    const std::string temporary = path + ".new";
    const std::string text = std::string(kFirstLine) + "\n" + secrets.cdn + "\n" + secrets.reader + "\n" +
                             secrets.hook + "\n" + secrets.api + "\n" + std::to_string(secrets.hook_port) + "\n" +
                             secrets.certificate;
    ::unlink(temporary.c_str());
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    const bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const int error = errno;
    if (fd >= 0) ::close(fd);
    if (!written || std::rename(temporary.c_str(), path.c_str()) != 0)
        throw Error(ErrorCode::kInternal,
                    "cannot write " + path + ": " + std::generic_category().message(written ? errno : error));
}

}  // namespace gatehouse::mediamtx
