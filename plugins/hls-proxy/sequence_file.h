// Where sequence states outlive the gateway: a file of fixed slots in the runtime directory.
#pragma once

#include <gatehouse/clock.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sequence_map.h"

namespace gatehouse::hls {

// Every slot holds two copies with a generation and a checksum; a store overwrites the older one, so that a process
// killed in the middle of it loses nothing. What was stored is in the page cache at once and survives kill -9, not a
// power cut. Written with pwrite, not through a mapping: a full file system must be an error, not a SIGBUS. A file of
// another layout, or no file, begins anew. Not thread-safe. At most one process may use a file.
class SequenceFile {
public:
    static constexpr std::size_t kSlots = 2048;      // streams; beyond them the one stored longest ago is forgotten
    static constexpr std::size_t kLongestName = 95;  // bytes of a stream's name

    // Throws std::system_error when the file cannot be made or read.
    explicit SequenceFile(const std::string& path);
    ~SequenceFile();
    SequenceFile(const SequenceFile&) = delete;
    SequenceFile& operator=(const SequenceFile&) = delete;

    std::optional<SequenceState> load(const std::string& stream) const;
    // False when the file system refuses it; the state stored before is still there.
    bool store(const std::string& stream, const SequenceState& state, UtcTime now);
    std::size_t streams() const noexcept { return slots_by_name_.size(); }

private:
    struct Slot {
        std::int64_t stored_us = INT64_MIN;  // INT64_MIN: free
        std::uint64_t generation = 0;        // of its newest valid copy; 0: none
        int newest = 0;                      // which of the two that is
    };

    std::size_t slot_for(const std::string& stream);
    void read_slots();

    int fd_ = -1;
    std::vector<Slot> slots_{kSlots};
    std::unordered_map<std::string, std::size_t> slots_by_name_;
};

}  // namespace gatehouse::hls
