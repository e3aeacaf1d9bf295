#include "plugin/elf_check.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <vector>

#include <gatehouse/unique_fd.h>

#include "base/file.h"

namespace gatehouse::plugin {

namespace {

constexpr std::size_t kMaxProgramHeaders = 128;
constexpr std::size_t kMaxDynamicBytes = 1 << 20;

#if defined(__x86_64__)
constexpr auto kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr auto kMachine = EM_AARCH64;
#else
#error "name this machine's ELF number here"
#endif

bool read_at(int fd, std::span<std::byte> out, std::uint64_t offset) {
    while (!out.empty()) {
        const ssize_t got = ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        out = out.subspan(static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
    }
    return true;
}

std::optional<std::string> refuse_header(const ElfW(Ehdr) & header) {
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return "it is not an ELF file";
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
        header.e_machine != kMachine)
        return "it is built for another machine";
    if (header.e_type != ET_DYN) return "it is not a shared object";
    if (header.e_phentsize != sizeof(ElfW(Phdr)) || header.e_phnum == 0 || header.e_phnum > kMaxProgramHeaders)
        return "its program headers are damaged";
    return std::nullopt;
}

bool binds_now(std::span<const ElfW(Dyn)> dynamic) {
    for (const auto& entry : dynamic) {
        if (entry.d_tag == DT_NULL) return false;
        if (entry.d_tag == DT_FLAGS_1) return (entry.d_un.d_val & DF_1_NOW) != 0;
    }
    return false;
}

}  // namespace

std::optional<std::string> refuse_elf(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return "it cannot be opened: " + errno_text(errno);
    ElfW(Ehdr) header{};
    if (!read_at(fd.get(), std::as_writable_bytes(std::span(&header, 1)), 0)) return "it is too short for an ELF file";
    if (auto reason = refuse_header(header)) return reason;
    std::vector<ElfW(Phdr)> segments(header.e_phnum);
    if (!read_at(fd.get(), std::as_writable_bytes(std::span(segments)), header.e_phoff))
        return "its program headers are damaged";
    for (const auto& segment : segments) {
        if (segment.p_type != PT_DYNAMIC) continue;
        if (segment.p_filesz > kMaxDynamicBytes) break;
        std::vector<ElfW(Dyn)> dynamic(segment.p_filesz / sizeof(ElfW(Dyn)));
        if (!read_at(fd.get(), std::as_writable_bytes(std::span(dynamic)), segment.p_offset)) break;
        if (binds_now(dynamic)) return std::nullopt;
        return "it is not linked with -z now (DF_1_NOW), so a missing symbol would surface in mid-flight; build it "
               "with "
               "gatehouse_add_plugin()";
    }
    return "its dynamic section is missing or damaged";
}

}  // namespace gatehouse::plugin
