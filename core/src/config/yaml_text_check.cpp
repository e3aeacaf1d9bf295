#include "config/yaml_text_check.h"

#include <Poco/UTF8Encoding.h>

#include <algorithm>

#include "config/yaml_reader.h"

namespace gatehouse::config {

namespace {

constexpr std::size_t kMaxIssuesPerFile = 50;

// Bytes of the UTF-8 sequence that begins here, 0 when there is none.
std::size_t utf8_length(std::string_view rest) {
    if (static_cast<unsigned char>(rest[0]) < 0x80) return 1;
    const auto* bytes = reinterpret_cast<const unsigned char*>(rest.data());
    const int length =
        Poco::UTF8Encoding().sequenceLength(bytes, static_cast<int>(std::min<std::size_t>(4, rest.size())));
    if (length < 2 || static_cast<std::size_t>(length) > rest.size()) return 0;
    return Poco::UTF8Encoding::isLegal(bytes, length) ? static_cast<std::size_t>(length) : 0;
}

bool is_refused_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
}

class LineCheck {
public:
    LineCheck(const std::string& file_name, ConfigIssues& issues) : file_name_(file_name), issues_(issues) {}

    void check(std::string_view line, int number) {
        check_indentation(line, number);
        int column = 1;
        for (std::size_t at = 0; at < line.size(); ++column) {
            const std::size_t length = utf8_length(line.substr(at));
            if (length == 0) return report(number, column, "not valid UTF-8");
            if (is_refused_control(line[at])) return report(number, column, "a control character is not allowed here");
            at += length;
        }
    }
    bool good() const { return good_; }
    std::size_t found() const { return found_; }

private:
    void check_indentation(std::string_view line, int number) {
        const auto text = line.find_first_not_of(" \t\r");
        const auto tab = line.find('\t');
        if (text == std::string_view::npos || line[text] == '#' || tab > text) return;
        report(number, static_cast<int>(tab) + 1, "a tab in the indentation; YAML indents with spaces");
    }
    void report(int line, int column, const char* message) {
        good_ = false;
        if (++found_ <= kMaxIssuesPerFile) issues_.add({file_name_, line, column}, message);
    }

    const std::string& file_name_;
    ConfigIssues& issues_;
    bool good_ = true;
    std::size_t found_ = 0;
};

}  // namespace

bool check_yaml_text(std::string_view text, const std::string& file_name, ConfigIssues& issues) {
    if (text.size() > kMaxFileBytes) {
        issues.add({file_name, 0, 0}, "the file is larger than " + std::to_string(kMaxFileBytes) + " bytes (1 MiB)");
        return false;
    }
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        issues.add({file_name, 1, 1},
                   "the file is empty; a file cut off while it was written looks like this. To have all defaults, "
                   "leave a comment line in it");
        return false;
    }
    LineCheck check(file_name, issues);
    int number = 1;
    for (std::size_t begin = 0; begin < text.size(); ++number) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        check.check(text.substr(begin, end - begin), number);
        begin = end + 1;
    }
    if (check.found() > kMaxIssuesPerFile)
        issues.add({file_name, 0, 0}, "and " + std::to_string(check.found() - kMaxIssuesPerFile) + " more like these");
    return check.good();
}

}  // namespace gatehouse::config
