#include "sequence_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
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

struct Slot {
    std::array<Copy, 2> copies;
};

// FNV-1a, 64 bits: against torn writes, not against malice; the directory is ours.
std::uint64_t checksum_of(const Copy& copy) {
    const auto* bytes = static_cast<const unsigned char*>(static_cast<const void*>(&copy));
    std::uint64_t hash = 0xcbf29ce484222325;
    for (std::size_t i = 0; i < sizeof(Copy) - sizeof(copy.checksum); ++i) hash = (hash ^ bytes[i]) * 0x100000001b3;
    return hash;
}

bool valid(const Copy& copy) {
    return copy.generation != 0 && copy.checksum == checksum_of(copy) && copy.stream.back() == '\0' &&
           copy.state.count <= SequenceState::kRemembered && copy.state.next_media_sequence >= copy.state.count;
}

// The newer valid copy, or null.
const Copy* current(const Slot& slot) {
    const Copy* best = nullptr;
    for (const auto& copy : slot.copies)
        if (valid(copy) && (best == nullptr || copy.generation > best->generation)) best = &copy;
    return best;
}

struct FileDescriptor {
    int fd = -1;
    ~FileDescriptor() {
        if (fd >= 0) ::close(fd);
    }
};

[[noreturn]] void fail(const std::string& path) { throw std::system_error(errno, std::generic_category(), path); }

}  // namespace

struct SequenceFile::Layout {
    std::uint64_t magic = 0;
    std::array<Slot, kSlots> slots;
};

SequenceFile::SequenceFile(const std::string& path) : stored_us_(kSlots, INT64_MIN) {
    const FileDescriptor file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (file.fd < 0) fail(path);
    struct stat info {};
    if (::fstat(file.fd, &info) != 0) fail(path);
    std::uint64_t magic = 0;
    const bool ours = info.st_size == static_cast<off_t>(sizeof(Layout)) &&
                      ::pread(file.fd, &magic, sizeof magic, 0) == sizeof magic && magic == kMagic;
    // Cut to nothing first, so that what follows the magic number reads as zeros.
    if (!ours && (::ftruncate(file.fd, 0) != 0 || ::ftruncate(file.fd, sizeof(Layout)) != 0 ||
                  ::pwrite(file.fd, &kMagic, sizeof kMagic, 0) != sizeof kMagic))
        fail(path);
    void* mapped = ::mmap(nullptr, sizeof(Layout), PROT_READ | PROT_WRITE, MAP_SHARED, file.fd, 0);
    if (mapped == MAP_FAILED) fail(path);
    layout_ = static_cast<Layout*>(mapped);
    read_slots(file.fd);
}

SequenceFile::~SequenceFile() { ::munmap(layout_, sizeof(Layout)); }

// By pread: to look at a hole through the mapping would fill it with memory.
void SequenceFile::read_slots(int fd) {
    for (std::size_t i = 0; i < kSlots; ++i) {
        Slot slot;
        const auto at = static_cast<off_t>(offsetof(Layout, slots) + i * sizeof(Slot));
        if (::pread(fd, static_cast<void*>(&slot), sizeof slot, at) != sizeof slot) continue;
        const Copy* copy = current(slot);
        if (copy == nullptr) continue;
        slots_by_name_.insert_or_assign(copy->stream.data(), i);
        stored_us_[i] = copy->stored_us;
    }
}

std::optional<SequenceState> SequenceFile::load(const std::string& stream) const {
    const auto it = slots_by_name_.find(stream);
    if (it == slots_by_name_.end()) return std::nullopt;
    const Copy* copy = current(layout_->slots[it->second]);
    if (copy == nullptr) return std::nullopt;
    return copy->state;
}

std::size_t SequenceFile::slot_for(const std::string& stream) {
    if (const auto it = slots_by_name_.find(stream); it != slots_by_name_.end()) return it->second;
    const auto oldest = std::min_element(stored_us_.begin(), stored_us_.end());
    const auto chosen = static_cast<std::size_t>(oldest - stored_us_.begin());
    std::erase_if(slots_by_name_, [chosen](const auto& item) { return item.second == chosen; });
    slots_by_name_.emplace(stream, chosen);
    return chosen;
}

void SequenceFile::store(const std::string& stream, const SequenceState& state, UtcTime now) {
    if (stream.empty() || stream.size() > kLongestName) return;
    const std::size_t index = slot_for(stream);
    stored_us_[index] = now.us;
    Slot& slot = layout_->slots[index];
    const Copy* newest = current(slot);
    Copy copy;
    copy.generation = newest == nullptr ? 1 : newest->generation + 1;
    copy.stored_us = now.us;
    std::memcpy(copy.stream.data(), stream.data(), stream.size());
    copy.state = state;
    copy.checksum = checksum_of(copy);
    Copy& target = newest == &slot.copies[0] ? slot.copies[1] : slot.copies[0];
    std::memcpy(static_cast<void*>(&target), &copy, sizeof copy);
}

}  // namespace gatehouse::hls
