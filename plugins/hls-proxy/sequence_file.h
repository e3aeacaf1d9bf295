// Where sequence states outlive the gateway: a mapped file of fixed slots in the runtime directory.
#pragma once

#include <gatehouse/clock.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sequence_map.h"

namespace gatehouse::hls {

// Every slot holds two copies with a generation and a checksum; a store overwrites the older one, so that a process
// killed in the middle of it loses nothing. What was stored is in the page cache at once and survives kill -9, not a
// power cut. A file of another layout, or no file, begins anew. Not thread-safe. At most one process may use a file.
class SequenceFile {
public:
    static constexpr std::size_t kSlots = 2048;         // streams; beyond them the one stored longest ago is forgotten
    static constexpr std::size_t kLongestName = 95;     // bytes of a stream's name

    // Throws std::system_error when the file cannot be made or mapped.
    explicit SequenceFile(const std::string& path);
    ~SequenceFile();
    SequenceFile(const SequenceFile&) = delete;
    SequenceFile& operator=(const SequenceFile&) = delete;

    std::optional<SequenceState> load(const std::string& stream) const;
    void store(const std::string& stream, const SequenceState& state, UtcTime now);
    std::size_t streams() const noexcept { return slots_by_name_.size(); }

private:
    struct Layout;
    std::size_t slot_for(const std::string& stream);
    void read_slots(int fd);

    Layout* layout_ = nullptr;
    std::unordered_map<std::string, std::size_t> slots_by_name_;
    std::vector<std::int64_t> stored_us_;  // per slot, INT64_MIN: free
};

}  // namespace gatehouse::hls
