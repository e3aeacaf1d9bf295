#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <gatehouse/unique_fd.h>

namespace gatehouse::mediad {

/// Appends fragments to memfds ("chunks") of about five seconds that begin at a keyframe. Bytes that were written are
/// never touched again; a chunk cannot shrink, and readers get a descriptor that cannot write. Not thread-safe.
class ChunkWriter {
public:
    static constexpr std::uint64_t kChunkTicks = 4 * 90'000;  ///< a keyframe after this begins the next chunk
    /// Beyond these a chunk ends even without a keyframe, and what comes until the next one is in no segment: as much
    /// as the gateway takes for one.
    static constexpr std::uint64_t kMaxChunkBytes = 64 * 1024 * 1024;
    static constexpr std::uint32_t kMaxChunkFragments = 512;

    struct Place {
        std::uint64_t chunk_id = 0;
        std::uint64_t offset_bytes = 0;
        std::uint32_t size_bytes = 0;
        UniqueFd new_chunk;  ///< read-only; set when this fragment begins a chunk
    };

    /// Empty when no memory or no descriptor is left; the fragment is lost then, and the next one begins a new chunk.
    /// `duration` is in 90 kHz ticks.
    std::optional<Place> append(bool keyframe, std::uint32_t duration,
                                std::span<const std::span<const std::byte>> parts);

private:
    bool open_chunk();
    UniqueFd read_only() const;

    UniqueFd chunk_;
    std::uint64_t chunk_id_ = 0;
    std::uint64_t size_bytes_ = 0;
    std::uint64_t ticks_ = 0;
    std::uint32_t fragments_ = 0;
};

}  // namespace gatehouse::mediad
