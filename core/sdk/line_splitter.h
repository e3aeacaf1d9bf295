// Cuts a stream of bytes into lines of bounded length. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatehouse {

class LineSplitter {
public:
    explicit LineSplitter(std::size_t longest_bytes) : longest_(longest_bytes) {}

    // Calls `line(std::string_view)` for each whole line, without its end; what goes beyond the bound is dropped.
    template <class OnLine>
    void feed(std::string_view bytes, const OnLine& line) {
        while (!bytes.empty()) {
            const auto end = bytes.find('\n');
            const auto piece = bytes.substr(0, end);
            kept_.append(piece.substr(0, longest_ - kept_.size()));
            if (end == std::string_view::npos) return;
            if (!kept_.empty()) line(std::string_view(kept_));
            kept_.clear();
            bytes.remove_prefix(end + 1);
        }
    }
    // No more bytes come: what stands there without an end of line is the last line.
    template <class OnLine>
    void finish(const OnLine& line) {
        if (!kept_.empty()) line(std::string_view(kept_));
        kept_.clear();
    }

private:
    std::size_t longest_;
    std::string kept_;
};

}  // namespace gatehouse
