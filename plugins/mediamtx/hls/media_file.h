// Bytes of media in a memfd, written as they arrive, sealed when they are complete.
#pragma once

#include <gatehouse/http.h>

#include <cstddef>
#include <memory>
#include <string_view>

namespace gatehouse::mediamtx {

// Not thread-safe. Throws std::system_error.
class MediaFile {
public:
    MediaFile();
    void append(std::string_view bytes);
    std::size_t size() const noexcept { return size_; }
    // The file as a body that never changes; nothing can be appended any more.
    http::Body seal();

private:
    std::shared_ptr<const http::SharedFile> file_;
    std::size_t size_ = 0;
};

}  // namespace gatehouse::mediamtx
