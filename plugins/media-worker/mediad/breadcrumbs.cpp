#include "breadcrumbs.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace gatehouse::mediad {
namespace {

void* map_page(int fd, int protection) {
    void* page = ::mmap(nullptr, sizeof(BreadcrumbPage), protection, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "breadcrumb page");
    return page;
}

}  // namespace

std::uint64_t breadcrumb_hash(std::string_view stream_id) {
    std::uint64_t hash = 0xCBF29CE484222325ULL;  // FNV-1a
    for (const char c : stream_id) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    return hash == 0 ? 1 : hash;
}

Breadcrumbs::Breadcrumbs(const UniqueFd& fd)
    : page_(static_cast<BreadcrumbPage*>(map_page(fd.get(), PROT_READ | PROT_WRITE))) {}

Breadcrumbs::~Breadcrumbs() {
    if (page_ != nullptr) ::munmap(page_, sizeof(BreadcrumbPage));
}

Breadcrumbs::Mark::Mark(Breadcrumbs& crumbs, std::uint64_t stream_hash) {
    if (crumbs.page_ == nullptr) return;
    for (auto& slot : crumbs.page_->working_on) {
        std::uint64_t nobody = 0;
        if (!slot.compare_exchange_strong(nobody, stream_hash, std::memory_order_relaxed)) continue;
        slot_ = &slot;
        return;
    }
}

Breadcrumbs::Mark::~Mark() {
    if (slot_ != nullptr) slot_->store(0, std::memory_order_relaxed);
}

BreadcrumbReader::~BreadcrumbReader() { unmap(); }

void BreadcrumbReader::unmap() {
    if (page_ != nullptr) ::munmap(const_cast<BreadcrumbPage*>(page_), sizeof(BreadcrumbPage));
    page_ = nullptr;
}

const UniqueFd& BreadcrumbReader::renew() {
    unmap();
    fd_ = UniqueFd(::memfd_create("gatehouse-crumbs", MFD_CLOEXEC));
    if (!fd_ || ::ftruncate(fd_.get(), sizeof(BreadcrumbPage)) != 0)
        throw std::system_error(errno, std::generic_category(), "breadcrumb page");
    page_ = static_cast<const BreadcrumbPage*>(map_page(fd_.get(), PROT_READ));
    return fd_;
}

std::set<std::string> BreadcrumbReader::suspects(const std::set<std::string>& streams) const {
    std::set<std::string> found;
    if (page_ == nullptr) return found;
    for (const std::string& id : streams) {
        const std::uint64_t hash = breadcrumb_hash(id);
        for (const auto& slot : page_->working_on)
            if (slot.load(std::memory_order_relaxed) == hash) found.insert(id);
    }
    return found;
}

}  // namespace gatehouse::mediad
