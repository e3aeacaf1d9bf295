// Lines that were written lately, so that one that comes every second is written once. Pure, not thread-safe.
#pragma once

#include <gatehouse/clock.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace gatehouse::mediamtx {

// The line without what differs between alike ones: numbers (addresses, ports, sizes, times) and eight-digit
// hexadecimal ids of sessions become '#'. Names, among them paths, stay.
std::string comparable(std::string_view text);

class LineMemory {
public:
    static constexpr std::chrono::minutes kQuiet{10};
    static constexpr std::size_t kMostLines = 512;  // the oldest is forgotten for a new one

    // True where a comparable line was written within kQuiet; remembers this one otherwise.
    bool repeats(std::string_view text, MonotonicTime now);
    std::size_t size() const { return written_.size(); }

private:
    std::map<std::size_t, MonotonicTime> written_;  // by the hash: a line that is confused with another costs little
};

}  // namespace gatehouse::mediamtx
