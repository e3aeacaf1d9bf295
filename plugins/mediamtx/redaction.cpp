#include "redaction.h"

#include <gatehouse/redaction.h>

#include <algorithm>

namespace gatehouse::mediamtx {
namespace {

constexpr std::size_t kLongest = 512;
constexpr std::string_view kHidden = "***";

void hide(std::string& text, const std::string& secret) {
    if (secret.empty()) return;
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kHidden.size()))
        text.replace(at, secret.size(), kHidden);
}

}  // namespace

std::string redacted(std::string_view text, const std::vector<std::string>& secrets) {
    // Cut first: the work is bounded, and a secret cut in two at the end loses its tail together with the marker below.
    const bool cut = text.size() > 4 * kLongest;
    std::string out = without_url_credentials(text.substr(0, 4 * kLongest));
    for (const auto& secret : secrets) hide(out, secret);
    if (cut || out.size() > kLongest) {
        out.resize(std::min(out.size(), kLongest));
        // What may be half a URL or half a secret ends at the last blank.
        out.resize(std::min(out.find_last_of(' ') + 1, out.size()));
        out += "...";
    }
    std::replace_if(
        out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    return out;
}

}  // namespace gatehouse::mediamtx
