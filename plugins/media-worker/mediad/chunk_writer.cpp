#include "chunk_writer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace gatehouse::mediad {
namespace {

bool write_all(int fd, std::span<const std::byte> bytes, std::uint64_t at) {
    while (!bytes.empty()) {
        const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(n));
        at += static_cast<std::uint64_t>(n);
    }
    return true;
}

}  // namespace

bool ChunkWriter::open_chunk() {
    chunk_ = UniqueFd(::memfd_create("gatehouse-live", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!chunk_) return false;
    ++chunk_id_;
    size_bytes_ = 0;
    ticks_ = 0;
    fragments_ = 0;
    // Nobody may open it for writing through /proc either; the descriptor at hand keeps its right.
    return ::fcntl(chunk_.get(), F_ADD_SEALS, F_SEAL_SHRINK) == 0 && ::fchmod(chunk_.get(), 0400) == 0;
}

UniqueFd ChunkWriter::read_only() const {
    const std::string path = "/proc/self/fd/" + std::to_string(chunk_.get());
    return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

std::optional<ChunkWriter::Place> ChunkWriter::append(bool keyframe, std::uint32_t duration,
                                                      std::span<const std::span<const std::byte>> parts) {
    const bool full =
        size_bytes_ >= kMaxChunkBytes || fragments_ >= kMaxChunkFragments || (keyframe && ticks_ >= kChunkTicks);
    Place place;
    if (!chunk_ || full) {
        if (open_chunk()) place.new_chunk = read_only();
        if (!place.new_chunk) {
            chunk_.reset();
            return std::nullopt;
        }
    }
    place.chunk_id = chunk_id_;
    place.offset_bytes = size_bytes_;
    for (const auto part : parts) {
        if (!write_all(chunk_.get(), part, size_bytes_)) {
            chunk_.reset();
            return std::nullopt;
        }
        size_bytes_ += part.size();
    }
    place.size_bytes = static_cast<std::uint32_t>(size_bytes_ - place.offset_bytes);
    ticks_ += duration;
    ++fragments_;
    return place;
}

}  // namespace gatehouse::mediad
