#include "secret_file.h"

#include <gatehouse/error.h>

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <fstream>

namespace state_webhook {

namespace {

constexpr std::size_t kMostBytes = 1024;

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
    throw gatehouse::Error(gatehouse::ErrorCode::kUnavailable, "secret_file " + path + " " + why);
}

}  // namespace

std::string read_secret(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) refuse(path, "is not there");
    if ((status.st_mode & S_IRWXO) != 0) refuse(path, "is open to everybody: chmod o= it");
    std::ifstream file(path, std::ios::binary);
    std::array<char, kMostBytes + 2> bytes{};
    file.read(bytes.data(), bytes.size());
    if (file.bad() || (!file.eof() && file.fail())) refuse(path, "cannot be read by this service");
    std::string secret(bytes.data(), static_cast<std::size_t>(file.gcount()));
    if (secret.ends_with('\n')) secret.pop_back();
    const bool printable = std::all_of(secret.begin(), secret.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (secret.empty() || secret.size() > kMostBytes || !printable)
        refuse(path, "must hold one line of 1 to 1024 printable characters without spaces");
    return secret;
}

}  // namespace state_webhook
