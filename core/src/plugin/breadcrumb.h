// Who is being called, in a file that outlives the process: after a crash the next process reads whose code it was.
//
// A call costs two plain stores into a mapped page; no system call, no lock.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::plugin {

// What the file of a process that did not end in order says.
struct Crash {
    struct Call {
        std::string plugin, entry;
    };
    std::int64_t pid = 0;
    int signal = 0;               // of the crash; 0 where it was not seen (SIGKILL, power)
    std::optional<Call> culprit;  // in whose call the crashing thread was, where that was seen
    std::vector<Call> under_way;  // calls of all threads, each plugin once

    // The one plugin to hold responsible: the culprit, or, where the crash itself was not seen, the only plugin that
    // was being called. Nobody where several were.
    std::optional<Call> blamed() const;
};

using CrumbId = std::uint32_t;  // 0: nobody

// Thread-safe.
class Breadcrumb {
public:
    // The story of the process before, or nothing where it ended in order, there is no file or it is not readable as
    // one.
    static std::optional<Crash> read(const std::string& path);

    // Makes the file afresh; an empty path keeps it in memory only. Error(kInternal) where it cannot.
    explicit Breadcrumb(const std::string& path);
    ~Breadcrumb();  // end_in_order()
    Breadcrumb(const Breadcrumb&) = delete;
    Breadcrumb& operator=(const Breadcrumb&) = delete;

    // The same pair gives the same number. Names are cut to fit; when the table is full all further ones of a plugin
    // share a number.
    CrumbId intern(const std::string& plugin, const std::string& entry);
    // Code of the plugin is mapped at [first, second): a crash there is the plugin's on whatever thread.
    void add_code(const std::string& plugin, std::pair<std::uintptr_t, std::uintptr_t> addresses);
    // Sees SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT from now on, notes whose they are and lets them kill the process
    // as always. One Breadcrumb per process may do this. Does nothing under sanitizers, which report better.
    void watch_crashes();

    // Says that this process ended in order; what is called after that is nobody's story.
    void end_in_order() noexcept;

    // While it lives, this thread is in that plugin's code.
    class Scope {
    public:
        Scope(Breadcrumb& breadcrumb, CrumbId id) noexcept;
        ~Scope();
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

    private:
        std::atomic<std::uint32_t>* slot_;
        std::uint32_t previous_ = 0;
    };

    struct Page;  // what the file holds
    class Mapping;

private:
    std::shared_ptr<Mapping> mapping_;
};

}  // namespace gatehouse::plugin
