// A chunk of the live window as the worker handed it over: a memfd that is appended to and never changed.
#pragma once

#include <gatehouse/http.h>
#include <gatehouse/unique_fd.h>

#include <cstdint>
#include <memory>
#include <string>

namespace gatehouse::media_worker {

// Not thread-safe; the file it shares is.
class ChunkFile {
public:
    // Null, with the reason in `why`, for anything but a memfd sealed against shrinking: a file that can shrink under a
    // send in flight would cut a viewer off.
    static std::unique_ptr<ChunkFile> accept(UniqueFd fd, std::string& why);

    // True when the range lies inside the file at this moment (and so for ever: it cannot shrink).
    bool holds(std::uint64_t offset_bytes, std::uint64_t size_bytes);
    const std::shared_ptr<const http::SharedFile>& file() const noexcept { return file_; }
    // Bytes of the file at this moment; 0 where that cannot be known.
    static std::uint64_t size_of(const http::SharedFile& file);

private:
    explicit ChunkFile(int fd) : file_(std::make_shared<const http::SharedFile>(fd)) {}
    std::shared_ptr<const http::SharedFile> file_;
    std::uint64_t known_size_bytes_ = 0;
};

}  // namespace gatehouse::media_worker
