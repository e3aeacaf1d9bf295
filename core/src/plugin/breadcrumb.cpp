#include "plugin/breadcrumb.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <mutex>
#include <string_view>

#include <gatehouse/error.h>
#include <gatehouse/unique_fd.h>

#include "base/file.h"
#include "plugin/breadcrumb_page.h"

namespace gatehouse::plugin {

class Breadcrumb::Mapping {
public:
    explicit Mapping(const std::string& path) {
        if (path.empty()) {
            begin_on(MAP_SHARED | MAP_ANONYMOUS, -1, "memory");
            return;
        }
        // A new file, so that what another process still has mapped is not ours.
        const std::string fresh = path + ".new";
        const UniqueFd fd(::open(fresh.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640));
        if (!fd || ::ftruncate(fd.get(), sizeof(Page)) != 0)
            throw Error(ErrorCode::kInternal, "cannot make " + fresh + ": " + errno_text(errno));
        begin_on(MAP_SHARED, fd.get(), fresh);
        if (::rename(fresh.c_str(), path.c_str()) != 0)
            throw Error(ErrorCode::kInternal, "cannot replace " + path + ": " + errno_text(errno));
    }
    ~Mapping() { ::munmap(page_, sizeof(Page)); }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;

    Page& page() noexcept { return *page_; }

    // Null where all are taken: such a thread goes without.
    Page::Slot* take_slot() noexcept {
        for (auto& slot : page_->slots) {
            std::uint32_t free = 0;
            if (slot.taken.load(std::memory_order_relaxed) == 0 && slot.taken.compare_exchange_strong(free, 1))
                return &slot;
        }
        return nullptr;
    }

    std::mutex names_mutex;
    std::map<std::pair<std::string, std::string>, CrumbId> names;

private:
    void begin_on(int flags, int fd, const std::string& what) {
        void* memory = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, flags, fd, 0);
        if (memory == MAP_FAILED) throw Error(ErrorCode::kInternal, "cannot map " + what + ": " + errno_text(errno));
        page_ = static_cast<Page*>(memory);  // zeroes are its first state
        page_->magic = kBreadcrumbMagic;
        page_->pid = ::getpid();
        page_->running.store(1);
    }

    Page* page_ = nullptr;
};

namespace {

template <std::size_t N>
std::string text_of(const std::array<char, N>& field) {
    return std::string(field.data(), ::strnlen(field.data(), N));
}

template <std::size_t N>
void put_text(std::array<char, N>& field, std::string_view text) {
    const auto length = std::min(text.size(), N - 1);
    std::copy_n(text.data(), length, field.data());
    field[length] = '\0';
}

// This thread's slot in the breadcrumb it was last used with. The plain pointer is for the signal handler.
thread_local constinit std::atomic<std::uint32_t>* t_call = nullptr;

struct ThreadSlot {
    std::shared_ptr<Breadcrumb::Mapping> mapping;  // keeps the page as long as the thread
    Breadcrumb::Page::Slot* slot = nullptr;

    void release() noexcept {
        t_call = nullptr;
        if (slot != nullptr) slot->taken.store(0);
        slot = nullptr;
        mapping.reset();
    }
    ~ThreadSlot() { release(); }
};
thread_local ThreadSlot t_slot;

std::atomic<std::uint32_t>* this_thread_call(const std::shared_ptr<Breadcrumb::Mapping>& mapping) noexcept {
    if (t_slot.mapping != mapping) {
        t_slot.release();
        t_slot.mapping = mapping;
        t_slot.slot = mapping->take_slot();
        t_call = t_slot.slot != nullptr ? &t_slot.slot->call : nullptr;
    }
    return t_call;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// The signal handler can be told nothing, so this is the one place where something is global.
std::atomic<Breadcrumb::Page*> g_watched{nullptr};

std::uintptr_t instruction_of(void* context) {
    const auto& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
    return static_cast<std::uintptr_t>(machine.gregs[16]);  // REG_RIP, which needs _GNU_SOURCE
#else
    return static_cast<std::uintptr_t>(machine.pc);
#endif
}

// Async-signal-safe: touches the mapped page and this thread's slot only.
void on_crash(int signal, siginfo_t*, void* context) {
    if (auto* page = g_watched.load()) {
        std::uint32_t call = t_call != nullptr ? t_call->load(std::memory_order_relaxed) : 0;
        const auto at = instruction_of(context);
        const auto ranges = std::min<std::uint32_t>(page->ranges_used.load(), kMaxRanges);
        for (std::uint32_t i = 0; call == 0 && i < ranges; ++i)
            if (at >= page->ranges[i].begin && at < page->ranges[i].end) call = page->ranges[i].call;
        page->crash_call.store(call);
        page->crash_signal.store(static_cast<std::uint32_t>(signal));
    }
    ::raise(signal);  // the default action is back (SA_RESETHAND)
}

Crash::Call call_of(const Breadcrumb::Page& page, std::uint32_t id) {
    const auto& name = page.names[id - 1];
    return {text_of(name.plugin), text_of(name.entry)};
}

Crash story_of(const Breadcrumb::Page& page) {
    Crash crash;
    crash.pid = page.pid;
    crash.signal = static_cast<int>(page.crash_signal.load() & 0x7f);
    const auto names = std::min<std::uint32_t>(page.names_used.load(), kMaxCalls);
    const auto known = [&](std::uint32_t id) { return id != 0 && id <= names; };
    if (crash.signal != 0 && known(page.crash_call.load())) crash.culprit = call_of(page, page.crash_call.load());
    for (const auto& slot : page.slots) {
        const auto id = slot.call.load();
        if (slot.taken.load() == 0 || !known(id)) continue;
        auto call = call_of(page, id);
        if (std::none_of(crash.under_way.begin(), crash.under_way.end(),
                         [&](const Crash::Call& other) { return other.plugin == call.plugin; }))
            crash.under_way.push_back(std::move(call));
    }
    return crash;
}

}  // namespace

std::optional<Crash::Call> Crash::blamed() const {
    if (culprit) return culprit;
    // A crash that was seen outside every plugin's call and code is not the fault of who happened to be called.
    if (signal != 0 && signal != SIGABRT) return std::nullopt;
    return under_way.size() == 1 ? std::optional(under_way.front()) : std::nullopt;
}

std::optional<Crash> Breadcrumb::read(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != ::geteuid() ||
        status.st_size != static_cast<off_t>(sizeof(Page)))
        return std::nullopt;
    void* memory = ::mmap(nullptr, sizeof(Page), PROT_READ, MAP_PRIVATE, fd.get(), 0);
    if (memory == MAP_FAILED) return std::nullopt;
    const auto* page = static_cast<const Page*>(memory);
    std::optional<Crash> crash;
    if (page->magic == kBreadcrumbMagic && page->running.load() != 0) crash = story_of(*page);
    ::munmap(memory, sizeof(Page));
    return crash;
}

Breadcrumb::Breadcrumb(const std::string& path) : mapping_(std::make_shared<Mapping>(path)) {}

Breadcrumb::~Breadcrumb() { end_in_order(); }

void Breadcrumb::end_in_order() noexcept {
    Page* ours = &mapping_->page();
    ours->running.store(0);
    g_watched.compare_exchange_strong(ours, nullptr);
}

CrumbId Breadcrumb::intern(const std::string& plugin, const std::string& entry) {
    const std::lock_guard lock(mapping_->names_mutex);
    auto& page = mapping_->page();
    const auto used = page.names_used.load();
    // The last places are kept so that every plugin can have one that stands for all its further calls.
    const bool full = used + kMaxRanges >= kMaxCalls;
    const auto key = std::pair(plugin, full ? std::string("(other)") : entry);
    if (const auto known = mapping_->names.find({plugin, entry}); known != mapping_->names.end()) return known->second;
    if (const auto known = mapping_->names.find(key); known != mapping_->names.end()) return known->second;
    if (used >= kMaxCalls) return 0;
    put_text(page.names[used].plugin, key.first);
    put_text(page.names[used].entry, key.second);
    page.names_used.store(used + 1);
    mapping_->names.emplace(key, used + 1);
    return used + 1;
}

void Breadcrumb::add_code(const std::string& plugin, std::pair<std::uintptr_t, std::uintptr_t> addresses) {
    const auto call = intern(plugin, "its own thread");
    const std::lock_guard lock(mapping_->names_mutex);
    auto& page = mapping_->page();
    const auto used = page.ranges_used.load();
    if (used >= kMaxRanges || addresses.first >= addresses.second) return;
    page.ranges[used] = {addresses.first, addresses.second, call};
    page.ranges_used.store(used + 1);
}

void Breadcrumb::watch_crashes() {
    if (kSanitized) return;
    g_watched.store(&mapping_->page());
    struct sigaction action {};
    action.sa_sigaction = on_crash;
    action.sa_flags = static_cast<int>(SA_SIGINFO | SA_RESETHAND | SA_NODEFER);
    ::sigemptyset(&action.sa_mask);
    for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) ::sigaction(signal, &action, nullptr);
}

Breadcrumb::Scope::Scope(Breadcrumb& breadcrumb, CrumbId id) noexcept : slot_(this_thread_call(breadcrumb.mapping_)) {
    if (slot_ == nullptr) return;
    previous_ = slot_->load(std::memory_order_relaxed);
    slot_->store(id, std::memory_order_relaxed);
}

Breadcrumb::Scope::~Scope() {
    if (slot_ != nullptr) slot_->store(previous_, std::memory_order_relaxed);
}

}  // namespace gatehouse::plugin
