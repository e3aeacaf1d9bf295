// The 32-byte key that seals secrets at rest. It protects copies and backups of the database, not a stolen disk.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse::catalogue {

// Where the key may lie.
struct MasterKeyPlaces {
    std::string file;             // paths.master_key; may be empty
    std::string state_dir;        // paths.state_dir
    std::string credentials_dir;  // $CREDENTIALS_DIRECTORY of systemd (systemd.exec(5)), or empty

    // `credentials_dir` from the environment.
    static MasterKeyPlaces from_environment(std::string file, std::string state_dir);
};

// Immutable after load, thread-safe. The bytes are wiped when it goes.
class MasterKey {
public:
    static constexpr std::size_t kSize = 32;
    using Bytes = std::array<std::byte, kSize>;

    // Reads <credentials_dir>/master.key where that file exists, else `file`: 32 raw bytes, or 64 hexadecimal digits
    // with an optional line end. The file must be a regular file of root or of this process's user that nobody else may
    // read. Where `file` does not exist and lies inside `state_dir` (demo and tests; production keeps it in
    // /etc/gatehouse/keys), a fresh key is made there with mode 0600; the directory must exist. Otherwise a missing key
    // is an error that tells how to make one. Blocking. Throws Error(kUnavailable).
    static MasterKey load(const MasterKeyPlaces& places);
    explicit MasterKey(const Bytes& bytes);
    ~MasterKey();
    MasterKey(const MasterKey&) = default;
    MasterKey& operator=(const MasterKey&) = delete;

    // For sealing only; never shown.
    std::span<const std::byte, kSize> bytes() const noexcept { return bytes_; }
    // Says which key it is without telling it: 16 hexadecimal digits of a SHA-256 over the key.
    const std::string& id() const noexcept { return id_; }
    // Where it came from, for the log; empty for one that was given.
    const std::string& origin() const noexcept { return origin_; }
    // True when load() made it just now: the log must say so.
    bool created() const noexcept { return created_; }

private:
    Bytes bytes_{};
    std::string id_, origin_;
    bool created_ = false;
};

}  // namespace gatehouse::catalogue
