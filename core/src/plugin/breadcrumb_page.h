// The layout of the breadcrumb file. Private to the breadcrumb's source files.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "plugin/breadcrumb.h"

namespace gatehouse::plugin {

inline constexpr std::uint64_t kBreadcrumbMagic = 0x3162'6d72'4348'4721;
inline constexpr std::size_t kMaxCalls = 1024, kMaxThreads = 256, kMaxRanges = 64;

// Atomics of 4 bytes are plain memory on every machine we build for, so the page may be read as a file.
struct Breadcrumb::Page {
    struct Name {
        std::array<char, 48> plugin, entry;  // NUL-terminated
    };
    struct alignas(64) Slot {  // a cache line each: threads do not slow each other
        std::atomic<std::uint32_t> call, taken;
    };
    struct Range {
        std::uint64_t begin, end;
        std::uint32_t call;
    };

    std::uint64_t magic;
    std::int64_t pid;
    std::atomic<std::uint32_t> running, crash_signal, crash_call, names_used, ranges_used;
    std::array<Name, kMaxCalls> names;  // call number n is names[n - 1]
    std::array<Range, kMaxRanges> ranges;
    std::array<Slot, kMaxThreads> slots;
};

}  // namespace gatehouse::plugin
