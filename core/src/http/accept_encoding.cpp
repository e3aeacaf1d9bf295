#include "http/accept_encoding.h"

#include "http/text.h"

namespace gatehouse::http {

namespace {

// In thousandths; a malformed weight refuses its coding.
int parse_weight(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
    if (text.size() > 1 && text[1] != '.') return 0;
    int weight = text[0] == '1' ? 1000 : 0;
    int unit = 100;
    for (std::size_t i = 2; i < text.size(); ++i, unit /= 10) {
        if (text[i] < '0' || text[i] > '9') return 0;
        weight += (text[i] - '0') * unit;
    }
    return weight > 1000 ? 0 : weight;
}

int weight_of(std::string_view parameters) {
    while (!parameters.empty()) {
        const auto semicolon = parameters.find(';');
        const std::string_view parameter = trimmed(parameters.substr(0, semicolon));
        parameters = semicolon == std::string_view::npos ? std::string_view() : parameters.substr(semicolon + 1);
        if (parameter.size() > 2 && lower(parameter[0]) == 'q' && parameter[1] == '=')
            return parse_weight(parameter.substr(2));
    }
    return 1000;
}

}  // namespace

Coding choose_coding(std::string_view accept_encoding, bool has_gzip, bool has_brotli) noexcept {
    int gzip = -1, brotli = -1, identity = -1, any = -1;
    while (!accept_encoding.empty()) {
        const std::string_view element = next_element(accept_encoding);
        const auto semicolon = element.find(';');
        const std::string_view coding = trimmed(element.substr(0, semicolon));
        const int weight = semicolon == std::string_view::npos ? 1000 : weight_of(element.substr(semicolon + 1));
        if (equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip"))
            gzip = weight;
        else if (equal_ignoring_case(coding, "br"))
            brotli = weight;
        else if (equal_ignoring_case(coding, "identity"))
            identity = weight;
        else if (coding == "*")
            any = weight;
    }
    if (gzip < 0) gzip = any;
    if (brotli < 0) brotli = any;
    if (!has_gzip) gzip = 0;
    if (!has_brotli) brotli = 0;
    // Not named, identity is acceptable but the least wanted.
    const int plain = identity >= 0 ? identity : 0;
    if (brotli > 0 && brotli >= gzip && brotli >= plain) return Coding::kBrotli;
    if (gzip > 0 && gzip >= plain) return Coding::kGzip;
    return Coding::kIdentity;
}

}  // namespace gatehouse::http
