// What texts from outside may look like. Each function gives an empty string for a good text, else the end of a
// sentence that begins with the field's name: "must not be empty". Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatehouse::catalogue {

// Well-formed UTF-8 without overlong forms and surrogates (RFC 3629).
bool is_utf8(std::string_view text);

struct TextRule {
    std::size_t longest_bytes;
    bool required = false;  // at least one character that is not a space
    bool lines = false;     // line breaks and tabs are allowed
};
std::string text_problem(std::string_view text, const TextRule& rule);

// User names and passwords: UTF-8 without control characters, at most kLongestCredential bytes.
std::string credential_problem(std::string_view text);

}  // namespace gatehouse::catalogue
