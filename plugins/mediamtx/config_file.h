// mediamtx.yml on disk: replaced as a whole, watched for other people's hands.
#pragma once

#include <gatehouse/clock.h>

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace gatehouse::mediamtx {

// MediaMTX drops events that come within a second of its last reload (v1.20.1), so renames keep this distance.
inline constexpr std::chrono::milliseconds kRenameDistance{2'000};

// Not thread-safe. The file is 0640: it holds the cameras' passwords; its directory's group is MediaMTX's.
class ConfigFile {
public:
    // `directory` is made (0750) where it is missing. Throws Error(kInternal) where that fails.
    ConfigFile(std::string directory, std::string name);

    const std::string& path() const noexcept { return path_; }
    // True where the file's bytes are `text`. Reads it only where inode, size or times changed since the last call.
    bool holds(const std::string& text);
    // When write() may be called at the earliest.
    MonotonicTime writable_at() const noexcept { return writable_at_; }
    // Temporary file, fsync, atomic rename: the watcher sees one event and a whole file. Throws Error(kInternal); then
    // the file is as it was.
    void write(const std::string& text, MonotonicTime now);

private:
    struct Identity {
        dev_t device = 0;
        ino_t inode = 0;
        off_t size = -1;
        std::int64_t modified_ns = 0, changed_ns = 0;

        bool operator==(const Identity&) const = default;
    };
    Identity identity() const;
    void make(const std::string& temporary, const std::string& text) const;

    std::string directory_, path_;
    Identity seen_;
    std::size_t seen_hash_ = 0;
    MonotonicTime writable_at_{};
};

}  // namespace gatehouse::mediamtx
