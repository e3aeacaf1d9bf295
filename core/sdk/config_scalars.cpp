// Readers and showers of single values. Strict on purpose: what YAML would quietly turn into something else is refused.
#include <gatehouse/config.h>

#include <Poco/NumberFormatter.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace gatehouse::config_detail {

namespace {

constexpr std::size_t kMaxShownBytes = 64;

std::string shown(const ConfigNode& node) {
    switch (node.kind()) {
        case ConfigNode::Kind::kMap:
            return "a map";
        case ConfigNode::Kind::kSequence:
            return "a list";
        case ConfigNode::Kind::kScalar: {
            const std::string& text = node.scalar();
            const bool cut = text.size() > kMaxShownBytes;
            return (node.quoted() ? "the text '" : "'") + text.substr(0, kMaxShownBytes) + (cut ? "...'" : "'");
        }
        default:
            return "nothing";
    }
}

void expected(const ConfigNode& node, ConfigIssues& issues, const std::string& what) {
    issues.add(node.location(), "expected " + what + ", found " + shown(node));
}

bool is_plain(const ConfigNode& node) { return node.kind() == ConfigNode::Kind::kScalar && !node.quoted(); }

bool is_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "0123", which YAML 1.1 readers take as 83 and people as 123.
bool looks_octal(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (text.size() < 2 || text[0] != '0') return false;
    return text[1] == 'o' || text[1] == 'O' || (text[1] >= '0' && text[1] <= '9');
}

void report_octal(const ConfigNode& node, ConfigIssues& issues) {
    issues.add(node.location(), shown(node) + " looks like an octal number; write it without the leading zero");
}

std::optional<std::int64_t> to_int64(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

struct Unit {
    std::string_view name;
    std::int64_t factor;
};

constexpr std::array<Unit, 6> kDurations = {
    {{"d", 86'400'000'000}, {"h", 3'600'000'000}, {"m", 60'000'000}, {"s", 1'000'000}, {"ms", 1'000}, {"us", 1}}};
constexpr std::array<Unit, 6> kSizes = {{{"TiB", std::int64_t{1} << 40},
                                         {"GiB", std::int64_t{1} << 30},
                                         {"MiB", std::int64_t{1} << 20},
                                         {"KiB", std::int64_t{1} << 10},
                                         {"B", 1},
                                         {"", 1}}};

// Digits followed by a unit; nullopt for anything else, the result above int64 included.
template <std::size_t N>
std::optional<std::int64_t> read_with_unit(std::string_view text, const std::array<Unit, N>& units) {
    const auto split = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto count = to_int64(text.substr(0, split));
    if (!count || !is_digits(text.substr(0, split))) return std::nullopt;
    for (const Unit& unit : units) {
        if (unit.name != text.substr(split)) continue;
        if (*count > std::numeric_limits<std::int64_t>::max() / unit.factor) return std::nullopt;
        return *count * unit.factor;
    }
    return std::nullopt;
}

template <std::size_t N>
std::string show_with_unit(std::int64_t value, const std::array<Unit, N>& units) {
    for (const Unit& unit : units)
        if (value % unit.factor == 0) return std::to_string(value / unit.factor) + std::string(unit.name);
    return std::to_string(value);
}

std::optional<std::int64_t> within(const ConfigNode& node, std::int64_t value, std::int64_t min, std::int64_t max,
                                   ConfigIssues& issues, std::string (*show)(std::int64_t)) {
    if (value >= min && value <= max) return value;
    issues.add(node.location(), shown(node) + " is out of bounds; allowed is " + show(min) + " to " + show(max));
    return std::nullopt;
}

std::string show_integer(std::int64_t value) { return std::to_string(value); }

}  // namespace

std::optional<std::int64_t> read_integer(const ConfigNode& node, std::int64_t min, std::int64_t max,
                                         ConfigIssues& issues) {
    if (is_plain(node) && looks_octal(node.scalar())) {
        report_octal(node, issues);
        return std::nullopt;
    }
    const auto value = is_plain(node) ? to_int64(node.scalar()) : std::nullopt;
    if (!value) {
        expected(node, issues, "a whole number");
        return std::nullopt;
    }
    return within(node, *value, min, max, issues, show_integer);
}

std::optional<double> read_real(const ConfigNode& node, double min, double max, ConfigIssues& issues) {
    const std::string& text = node.scalar();
    if (is_plain(node) && looks_octal(text)) {
        report_octal(node, issues);
        return std::nullopt;
    }
    double value = 0;
    const auto [end, failure] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (!is_plain(node) || text.empty() || failure != std::errc() || end != text.data() + text.size() ||
        !std::isfinite(value)) {
        expected(node, issues, "a number");
        return std::nullopt;
    }
    if (value < min || value > max) {
        issues.add(node.location(), shown(node) + " is out of bounds; allowed is " +
                                        Poco::NumberFormatter::format(min) + " to " +
                                        Poco::NumberFormatter::format(max));
        return std::nullopt;
    }
    return value;
}

std::optional<bool> read_boolean(const ConfigNode& node, ConfigIssues& issues) {
    if (is_plain(node) && node.scalar() == "true") return true;
    if (is_plain(node) && node.scalar() == "false") return false;
    expected(node, issues, "true or false");
    return std::nullopt;
}

std::optional<std::string> read_text(const ConfigNode& node, std::size_t max_bytes, ConfigIssues& issues) {
    if (node.kind() != ConfigNode::Kind::kScalar) {
        expected(node, issues, "text (an empty one is written \"\")");
        return std::nullopt;
    }
    if (node.scalar().size() > max_bytes) {
        issues.add(node.location(), "the text is " + std::to_string(node.scalar().size()) + " bytes long; at most " +
                                        std::to_string(max_bytes) + " are allowed");
        return std::nullopt;
    }
    return node.scalar();
}

std::optional<std::vector<std::string>> read_text_list(const ConfigNode& node, std::size_t max_items,
                                                       ConfigIssues& issues) {
    constexpr std::size_t kMaxItemBytes = 4096;
    if (node.kind() != ConfigNode::Kind::kSequence) {
        expected(node, issues, "a list (an empty one is written [])");
        return std::nullopt;
    }
    if (node.items().size() > max_items) {
        issues.add(node.location(), "the list has " + std::to_string(node.items().size()) + " items; at most " +
                                        std::to_string(max_items) + " are allowed");
        return std::nullopt;
    }
    std::vector<std::string> list;
    for (const ConfigNode& item : node.items())
        if (auto text = read_text(item, kMaxItemBytes, issues)) list.push_back(std::move(*text));
    if (list.size() != node.items().size()) return std::nullopt;
    return list;
}

std::optional<std::int64_t> read_duration_us(const ConfigNode& node, std::int64_t min_us, std::int64_t max_us,
                                             ConfigIssues& issues) {
    const std::string& text = node.scalar();
    if (is_plain(node) && looks_octal(text)) {
        report_octal(node, issues);
        return std::nullopt;
    }
    std::optional<std::int64_t> value;
    if (node.kind() == ConfigNode::Kind::kScalar) value = text == "0" ? 0 : read_with_unit(text, kDurations);
    if (!value) {
        // A bare number is the commonest slip; say what to append rather than guess a unit.
        if (node.kind() == ConfigNode::Kind::kScalar && is_digits(text))
            issues.add(node.location(), shown(node) + " lacks a unit; for seconds write " + text.substr(0, 20) + "s");
        else
            expected(node, issues, "a duration such as 250ms, 30s, 5m, 2h or 7d");
        return std::nullopt;
    }
    return within(node, *value, min_us, max_us, issues, show_duration_us);
}

std::optional<std::int64_t> read_size_bytes(const ConfigNode& node, std::int64_t min, std::int64_t max,
                                            ConfigIssues& issues) {
    if (is_plain(node) && looks_octal(node.scalar())) {
        report_octal(node, issues);
        return std::nullopt;
    }
    const auto value = node.kind() == ConfigNode::Kind::kScalar ? read_with_unit(node.scalar(), kSizes) : std::nullopt;
    if (!value) {
        expected(node, issues, "a size such as 512KiB, 64MiB, 2GiB or plain bytes");
        return std::nullopt;
    }
    return within(node, *value, min, max, issues, show_size_bytes);
}

std::optional<std::size_t> read_choice(const ConfigNode& node, const std::vector<std::string>& names,
                                       ConfigIssues& issues) {
    if (node.kind() == ConfigNode::Kind::kScalar) {
        const auto found = std::find(names.begin(), names.end(), node.scalar());
        if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    }
    std::string choices;
    for (const auto& name : names) choices += (choices.empty() ? "" : ", ") + name;
    expected(node, issues, "one of " + choices);
    return std::nullopt;
}

std::string show_duration_us(std::int64_t us) { return us == 0 ? "0s" : show_with_unit(us, kDurations); }

std::string show_size_bytes(std::int64_t bytes) {
    return bytes == 0 || bytes % 1024 != 0 ? std::to_string(bytes) : show_with_unit(bytes, kSizes);
}

std::string show_text(std::string_view text) {
    static constexpr std::string_view kHex = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (c == '\n')
            out += "\\n";
        else if (c == '\t')
            out += "\\t";
        else if (byte < 0x20 || byte == 0x7f)
            ((out += "\\x") += kHex[byte >> 4]) += kHex[byte & 15];
        else
            out += c;
    }
    return out + '"';
}

std::string show_text_list(const std::vector<std::string>& items) {
    std::string out = "[";
    for (const auto& item : items) out += (&item == &items.front() ? "" : ", ") + show_text(item);
    return out + ']';
}

}  // namespace gatehouse::config_detail
