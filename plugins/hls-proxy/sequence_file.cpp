#include "sequence_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <type_traits>

namespace gatehouse::hls {
namespace {

constexpr std::uint64_t kMagic = 0x3153514553484721;  // changes with the layout
static_assert(std::is_trivially_copyable_v<SequenceState>);

struct Copy {
    std::uint64_t generation = 0;  // 0: never written
    std::int64_t stored_us = 0;
    std::array<char, SequenceFile::kLongestName + 1> stream{};
    SequenceState state;
    std::uint64_t checksum = 0;  // of all before it
};
static_assert(std::has_unique_object_representations_v<Copy>, "padding would make the checksum undefined");

using Copies = std::array<Copy, 2>;

constexpr off_t kFileBytes = sizeof kMagic + SequenceFile::kSlots * sizeof(Copies);

constexpr off_t position_of(std::size_t slot, int copy) {
    return static_cast<off_t>(sizeof kMagic + slot * sizeof(Copies) + static_cast<std::size_t>(copy) * sizeof(Copy));
}

// FNV-1a, 64 bits: against torn writes, not against malice; the directory is ours.
std::uint64_t checksum_of(const Copy& copy) {
    const auto bytes = std::bit_cast<std::array<unsigned char, sizeof(Copy)>>(copy);
    std::uint64_t hash = 0xcbf29ce484222325;
    for (std::size_t i = 0; i < sizeof(Copy) - sizeof(copy.checksum); ++i) hash = (hash ^ bytes[i]) * 0x100000001b3;
    return hash;
}

bool valid(const Copy& copy) {
    return copy.generation != 0 && copy.checksum == checksum_of(copy) && copy.stream.back() == '\0' &&
           copy.state.count <= SequenceState::kRemembered && copy.state.next_media_sequence >= copy.state.count;
}

[[noreturn]] void fail(int fd, const std::string& path) {
    const int error = errno;
    if (fd >= 0) ::close(fd);
    throw std::system_error(error, std::generic_category(), path);
}

}  // namespace

SequenceFile::SequenceFile(const std::string& path)
    : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
    struct stat info {};
    if (fd_ < 0 || ::fstat(fd_, &info) != 0) fail(fd_, path);
    std::uint64_t magic = 0;
    const bool ours =
        info.st_size == kFileBytes && ::pread(fd_, &magic, sizeof magic, 0) == sizeof magic && magic == kMagic;
    // Cut to nothing first, so that what follows the magic number reads as zeros.
    if (!ours && (::ftruncate(fd_, 0) != 0 || ::ftruncate(fd_, kFileBytes) != 0 ||
                  ::pwrite(fd_, &kMagic, sizeof kMagic, 0) != sizeof kMagic))
        fail(fd_, path);
    read_slots();
}

SequenceFile::~SequenceFile() { ::close(fd_); }

void SequenceFile::read_slots() {
    for (std::size_t i = 0; i < kSlots; ++i) {
        Copies copies;
        if (::pread(fd_, static_cast<void*>(&copies), sizeof copies, position_of(i, 0)) != sizeof copies) continue;
        for (int c = 0; c < 2; ++c) {
            const Copy& copy = copies[static_cast<std::size_t>(c)];
            if (!valid(copy) || copy.generation <= slots_[i].generation) continue;
            slots_[i] = {copy.stored_us, copy.generation, c};
        }
        if (slots_[i].generation == 0) continue;
        slots_by_name_.insert_or_assign(copies[static_cast<std::size_t>(slots_[i].newest)].stream.data(), i);
    }
}

std::optional<SequenceState> SequenceFile::load(const std::string& stream) const {
    const auto it = slots_by_name_.find(stream);
    if (it == slots_by_name_.end()) return std::nullopt;
    Copy copy;
    const off_t at = position_of(it->second, slots_[it->second].newest);
    if (::pread(fd_, static_cast<void*>(&copy), sizeof copy, at) != sizeof copy || !valid(copy)) return std::nullopt;
    return copy.state;
}

std::size_t SequenceFile::slot_for(const std::string& stream) {
    if (const auto it = slots_by_name_.find(stream); it != slots_by_name_.end()) return it->second;
    const auto oldest = std::min_element(slots_.begin(), slots_.end(),
                                         [](const Slot& a, const Slot& b) { return a.stored_us < b.stored_us; });
    const auto chosen = static_cast<std::size_t>(oldest - slots_.begin());
    std::erase_if(slots_by_name_, [chosen](const auto& item) { return item.second == chosen; });
    slots_by_name_.emplace(stream, chosen);
    return chosen;
}

bool SequenceFile::store(const std::string& stream, const SequenceState& state, UtcTime now) {
    if (stream.empty() || stream.size() > kLongestName) return false;
    const std::size_t index = slot_for(stream);
    Slot& slot = slots_[index];
    Copy copy;
    copy.generation = slot.generation + 1;
    copy.stored_us = now.us;
    std::memcpy(copy.stream.data(), stream.data(), stream.size());
    copy.state = state;
    copy.checksum = checksum_of(copy);
    const int target = slot.generation == 0 ? 0 : 1 - slot.newest;
    if (::pwrite(fd_, static_cast<const void*>(&copy), sizeof copy, position_of(index, target)) != sizeof copy)
        return false;
    slot = {now.us, copy.generation, target};
    return true;
}

}  // namespace gatehouse::hls
