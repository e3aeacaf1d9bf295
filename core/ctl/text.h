// What the commands print for people. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::ctl {

// Columns the text takes on a terminal: code points, combining marks none, East Asian wide ones two.
std::size_t width_of(std::string_view utf8);

// Control characters become '?', so that no name can steer the terminal.
std::string printable(std::string_view utf8);

class Table {
public:
    explicit Table(std::vector<std::string> head) : head_(std::move(head)) {}
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    bool empty() const noexcept { return rows_.empty(); }
    // Columns aligned with two spaces between, no trailing spaces, a line end after each row.
    std::string text() const;

private:
    std::vector<std::string> head_;
    std::vector<std::vector<std::string>> rows_;
};

// "name:   value" lines with aligned values.
std::string aligned_pairs(const std::vector<std::pair<std::string, std::string>>& pairs);

std::string duration_text(std::int64_t seconds);  // "3 d 4 h", "5 min", "12 s"
std::string bytes_text(std::uint64_t bytes);      // "3.1 MiB"

// True where the user info of a URL holds a password, however odd the URL is.
bool url_has_password(std::string_view url);
// Percent-encodes one segment of a path.
std::string path_segment(std::string_view text);

}  // namespace gatehouse::ctl
