#include "tcp_receiver.h"

#include <atomic>
#include <chrono>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include "cancellation.h"
#include "rtsp_session.h"
#include "tcp_reactor.h"

namespace gatehouse::mediad {
namespace {

constexpr std::chrono::seconds kPatience{5};

/// What a receiver and the thread that negotiates for it share.
struct Attempt {
    Cancellation cancel;
    std::mutex mutex;
    bool given_up = false;
    std::uint64_t session = 0;  // in the reactor, 0: not yet
};

/// Threads that end by themselves and are joined when somebody looks.
class Threads {
public:
    ~Threads() {
        for (Entry& entry : entries_) entry.thread.join();
    }
    template <class Work>
    void start(Work work) {
        const std::lock_guard lock(mutex_);
        entries_.remove_if([](Entry& entry) {
            if (entry.done->load()) entry.thread.join();
            return !entry.thread.joinable();
        });
        auto done = std::make_shared<std::atomic<bool>>(false);
        entries_.push_back({std::thread([work = std::move(work), done] {
                                work();
                                done->store(true);
                            }),
                            done});
    }

private:
    struct Entry {
        std::thread thread;
        std::shared_ptr<std::atomic<bool>> done;
    };
    std::mutex mutex_;
    std::list<Entry> entries_;
};

class TcpReceiver final : public Receiver {
public:
    TcpReceiver(TcpReactor& reactor, std::shared_ptr<Attempt> attempt)
        : reactor_(reactor), attempt_(std::move(attempt)) {}
    ~TcpReceiver() override {
        attempt_->cancel.cancel();
        const std::lock_guard lock(attempt_->mutex);
        attempt_->given_up = true;
        if (attempt_->session != 0) reactor_.remove(attempt_->session);
    }
    TcpReceiver(const TcpReceiver&) = delete;
    TcpReceiver& operator=(const TcpReceiver&) = delete;

private:
    TcpReactor& reactor_;
    const std::shared_ptr<Attempt> attempt_;
};

}  // namespace

class TcpReceivers::Impl {
public:
    explicit Impl(Breadcrumbs& crumbs) : reactor_(crumbs) {}

    std::unique_ptr<Receiver> make(const Source& source, std::shared_ptr<MediaSink> sink) {
        auto attempt = std::make_shared<Attempt>();
        threads_.start([this, source, sink = std::move(sink), attempt] { negotiate(source, sink, *attempt); });
        return std::make_unique<TcpReceiver>(reactor_, attempt);
    }

private:
    void negotiate(const Source& source, const std::shared_ptr<MediaSink>& sink, Attempt& attempt) {
        auto result = play_over_tcp(source, kPatience, attempt.cancel);
        if (auto* trouble = std::get_if<Failure>(&result)) return sink->failed(std::move(*trouble));
        const std::lock_guard lock(attempt.mutex);
        if (attempt.given_up) return;  // the connection closes with `result`
        attempt.session = reactor_.add(std::move(std::get<RtspSession>(result)), sink);
    }

    TcpReactor reactor_;
    Threads threads_;  // ended before the reactor
};

TcpReceivers::TcpReceivers(Breadcrumbs& crumbs) : impl_(std::make_unique<Impl>(crumbs)) {}
TcpReceivers::~TcpReceivers() = default;
std::unique_ptr<Receiver> TcpReceivers::make(const Source& source, std::shared_ptr<MediaSink> sink) {
    return impl_->make(source, std::move(sink));
}

}  // namespace gatehouse::mediad
