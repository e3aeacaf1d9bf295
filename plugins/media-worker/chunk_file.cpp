#include "chunk_file.h"

#include <fcntl.h>
#include <sys/stat.h>

namespace gatehouse::media_worker {

std::unique_ptr<ChunkFile> ChunkFile::accept(UniqueFd fd, std::string& why) {
    if (!fd) {
        why = "a chunk without its descriptor";
        return nullptr;
    }
    const int seals = ::fcntl(fd.get(), F_GET_SEALS);
    if (seals < 0) {
        why = "a chunk that is not a memfd";
        return nullptr;
    }
    if ((seals & F_SEAL_SHRINK) == 0) {
        why = "a chunk that is not sealed against shrinking";
        return nullptr;
    }
    return std::unique_ptr<ChunkFile>(new ChunkFile(fd.release()));
}

bool ChunkFile::holds(std::uint64_t offset_bytes, std::uint64_t size_bytes) {
    const std::uint64_t end = offset_bytes + size_bytes;
    if (end < offset_bytes) return false;
    if (end <= known_size_bytes_) return true;
    known_size_bytes_ = size_of(*file_);
    return end <= known_size_bytes_;
}

std::uint64_t ChunkFile::size_of(const http::SharedFile& file) {
    struct stat info {};
    if (::fstat(file.fd(), &info) != 0 || info.st_size < 0) return 0;
    return static_cast<std::uint64_t>(info.st_size);
}

}  // namespace gatehouse::media_worker
