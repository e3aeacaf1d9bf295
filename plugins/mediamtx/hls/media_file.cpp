#include "hls/media_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace gatehouse::mediamtx {

MediaFile::MediaFile()
    : file_(std::make_shared<const http::SharedFile>(
          ::memfd_create("gatehouse-mediamtx", MFD_CLOEXEC | MFD_ALLOW_SEALING))) {
    if (file_->fd() < 0) throw std::system_error(errno, std::generic_category(), "memfd_create");
}

void MediaFile::append(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file_->fd(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) throw std::system_error(errno, std::generic_category(), "memfd");
        bytes.remove_prefix(static_cast<std::size_t>(written));
        size_ += static_cast<std::size_t>(written);
    }
}

http::Body MediaFile::seal() {
    ::fcntl(file_->fd(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    return http::Body::file(std::move(file_), 0, size_);
}

}  // namespace gatehouse::mediamtx
