#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include <gatehouse/unique_fd.h>

namespace gatehouse::mediad {

/// A page that a shard shares with the supervisor: which streams its threads are working on right now. When the shard
/// crashes, the page says who was being worked on.
struct BreadcrumbPage {
    static constexpr std::size_t kSlots = 64;
    std::array<std::atomic<std::uint64_t>, kSlots> working_on;  // hash of the stream's id, 0: nobody
};

std::uint64_t breadcrumb_hash(std::string_view stream_id);

/// The shard's side. Without a page (tests) marks go nowhere. Thread-safe.
class Breadcrumbs {
public:
    Breadcrumbs() = default;
    /// Maps the page behind `fd`; throws std::system_error.
    explicit Breadcrumbs(const UniqueFd& fd);
    ~Breadcrumbs();
    Breadcrumbs(const Breadcrumbs&) = delete;
    Breadcrumbs& operator=(const Breadcrumbs&) = delete;

    /// Lasts as long as the thread works on the stream. Costs two atomic stores.
    class Mark {
    public:
        Mark(Breadcrumbs& crumbs, std::uint64_t stream_hash);
        ~Mark();
        Mark(const Mark&) = delete;
        Mark& operator=(const Mark&) = delete;

    private:
        std::atomic<std::uint64_t>* slot_ = nullptr;
    };

private:
    BreadcrumbPage* page_ = nullptr;
};

/// The supervisor's side.
class BreadcrumbReader {
public:
    BreadcrumbReader() = default;
    ~BreadcrumbReader();
    BreadcrumbReader(const BreadcrumbReader&) = delete;
    BreadcrumbReader& operator=(const BreadcrumbReader&) = delete;

    /// A fresh, empty page for the next process; its descriptor. Throws std::system_error.
    const UniqueFd& renew();

    std::set<std::string> suspects(const std::set<std::string>& streams) const;

private:
    void unmap();

    UniqueFd fd_;
    const BreadcrumbPage* page_ = nullptr;
};

}  // namespace gatehouse::mediad
