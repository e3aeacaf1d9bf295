#include "worker_link.h"

#include <gatehouse/error.h>
#include <gatehouse/media_protocol/socket.h>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <set>
#include <system_error>
#include <utility>

namespace gatehouse::media_worker {

namespace mp = media_protocol;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds kTick{500};
constexpr seconds kPingEvery{5};
constexpr seconds kSilence{20};  // a worker that says nothing for so long is stuck
constexpr seconds kSteady{10};   // a connection that lasted so long was a good one
constexpr seconds kChildPatience{10};
constexpr milliseconds kSocketPoll{20};
constexpr int kBatch = 256;  // packets between two looks at everything else

// Nobody listens there: what an administrator can do about it.
std::string remedy(const std::system_error& failure) {
    const int error = failure.code().value();
    if (error != ENOENT && error != ECONNREFUSED) return {};
    return "; install the package gatehouse-media or start its service (systemctl start gatehouse-media); with 'mode: "
           "child' in plugins.d/media-worker.yaml the gateway starts a worker itself";
}

}  // namespace

WorkerLink::WorkerLink(LinkOptions options, std::function<DesiredStreams()> desired, WorkerModel& model,
                       Poco::Logger& logger)
    : options_(std::move(options)),
      desired_(std::move(desired)),
      model_(model),
      logger_(logger),
      wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      back_off_(options_.first_retry, options_.longest_retry) {
    if (!wake_fd_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

WorkerLink::~WorkerLink() { stop(); }

void WorkerLink::start() {
    thread_ = std::thread([this] {
        ::pthread_setname_np(::pthread_self(), "media-worker");
        run();
    });
}

void WorkerLink::wake() noexcept {
    changed_ = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_fd_.get(), &one, sizeof one);
}

void WorkerLink::stop() {
    stopping_ = true;
    wake();
    if (thread_.joinable()) thread_.join();
}

LinkStatus WorkerLink::status() const {
    std::lock_guard lock(status_mutex_);
    return status_;
}

void WorkerLink::set_trouble(const std::string& trouble) {
    std::lock_guard lock(status_mutex_);
    if (status_.trouble == trouble) return;
    status_.trouble = trouble;
    if (!trouble.empty()) logger_.warning("media worker: " + trouble);
}

void WorkerLink::run() {
    service_wanted_since_ = steady_clock::now();
    while (!stopping_) {
        Socket socket = obtain();
        if (socket) {
            const auto since = steady_clock::now();
            serve(std::move(socket));
            if (steady_clock::now() - since >= kSteady) back_off_.reset();
            service_wanted_since_ = steady_clock::now();
        }
        const auto until = steady_clock::now() + back_off_.next();
        while (!stopping_ && steady_clock::now() < until)
            wait(nullptr, std::chrono::duration_cast<milliseconds>(until - steady_clock::now()) + milliseconds(1));
    }
    child_.end(seconds(3));
}

WorkerLink::Socket WorkerLink::obtain() {
    switch (options_.mode) {
        case LinkOptions::Mode::kService:
            return obtain_service();
        case LinkOptions::Mode::kChild:
            return obtain_child();
        case LinkOptions::Mode::kAuto:
            break;
    }
    if (child_.running()) return obtain_child();
    if (Socket socket = obtain_service()) return socket;
    const bool service_expected = ::access(options_.service_socket.c_str(), F_OK) == 0;
    if (service_expected && steady_clock::now() - service_wanted_since_ < options_.service_patience) return {};
    return obtain_child();
}

WorkerLink::Socket WorkerLink::obtain_service() {
    try {
        Socket socket = mp::connect_to(options_.service_socket);
        std::lock_guard lock(status_mutex_);
        status_.child = false;
        return socket;
    } catch (const std::system_error& e) {
        if (options_.mode == LinkOptions::Mode::kService) set_trouble(e.what() + remedy(e));
        return {};
    }
}

WorkerLink::Socket WorkerLink::obtain_child() {
    if (!child_.running()) {
        if (!child_.how().empty()) logger_.warning("the media worker " + child_.how() + "; it is started again");
        try {
            child_ = ChildProcess({.words = options_.child_command});
        } catch (const Error& e) {
            set_trouble("cannot be started: " + e.message());
            return {};
        }
        std::lock_guard lock(status_mutex_);
        ++status_.child_starts;
        status_.child = true;
    }
    const auto until = steady_clock::now() + kChildPatience;
    std::string why;
    while (!stopping_ && child_.running() && steady_clock::now() < until) {
        try {
            return mp::connect_to(options_.child_socket);
        } catch (const std::system_error& e) {
            why = e.what();
        }
        wait(nullptr, kSocketPoll);
    }
    if (stopping_) return {};
    set_trouble(child_.running() ? "was started but does not listen: " + why : "was started but " + child_.how());
    child_.end(seconds(1));
    return {};
}

void WorkerLink::serve(Socket socket) {
    mp::Channel channel(std::move(socket));
    acknowledged_ = false;
    last_heard_ = steady_clock::now();
    auto next_ping = last_heard_ + kPingEvery;
    bool good = send_everything(channel);
    while (good && !stopping_) {
        wait(&channel, kTick);
        const auto now = steady_clock::now();
        if (changed_.exchange(false)) good = send_changes(channel);
        if (good && now >= next_ping) {
            good = channel.send(mp::Ping{});
            next_ping = now + kPingEvery;
        }
        good = good && channel.flush() && read(channel) == Outcome::kGoOn;
        model_.tick();
        if (good && now - last_heard_ > kSilence) {
            set_trouble("has said nothing for 20 s; the connection is made anew");
            good = false;
        }
    }
    model_.disconnected();
    std::lock_guard lock(status_mutex_);
    status_.connected = false;
    if (status_.trouble.empty() && !stopping_) {
        status_.trouble = "the connection was lost";
        logger_.warning("media worker: the connection was lost");
    }
}

DesiredStreams WorkerLink::read_desired() {
    try {
        return desired_();
    } catch (const std::exception& e) {
        logger_.error(std::string("the list of streams cannot be read, the old one stays: ") + e.what());
        return sent_;
    }
}

bool WorkerLink::send_everything(mp::Channel& channel) {
    changed_ = false;
    sent_ = read_desired();
    std::set<std::string> ids;
    bool good = channel.send(mp::Hello{"gatehoused"}) && channel.send(mp::SyncBegin{});
    for (const auto& [id, stream] : sent_) {
        ids.insert(id);
        good = good && channel.send(stream);
    }
    model_.want(std::move(ids));
    return good && channel.send(mp::SyncEnd{});
}

bool WorkerLink::send_changes(mp::Channel& channel) {
    DesiredStreams want = read_desired();
    const StreamChanges changes = difference(sent_, want);
    std::set<std::string> ids;
    for (const auto& [id, stream] : want) ids.insert(id);
    model_.want(std::move(ids));
    bool good = true;
    for (const auto& removal : changes.removals) good = good && channel.send(removal);
    for (const auto& upsert : changes.upserts) good = good && channel.send(upsert);
    sent_ = std::move(want);
    return good;
}

WorkerLink::Outcome WorkerLink::read(mp::Channel& channel) {
    for (int i = 0; i < kBatch; ++i) {
        auto received = channel.receive();
        switch (received.event) {
            case mp::Channel::Event::nothing:
                return Outcome::kGoOn;
            case mp::Channel::Event::skipped:
                continue;
            case mp::Channel::Event::closed:
                return Outcome::kDrop;
            case mp::Channel::Event::refused:
                set_trouble(received.reason);
                return Outcome::kDrop;
            case mp::Channel::Event::message:
                break;
        }
        if (take(received) == Outcome::kDrop) return Outcome::kDrop;
    }
    return Outcome::kGoOn;
}

WorkerLink::Outcome WorkerLink::take(mp::Channel::Received& received) {
    last_heard_ = steady_clock::now();
    if (const auto* ack = std::get_if<mp::HelloAck>(&*received.message)) {
        acknowledged_ = true;
        model_.connected(ack->boot_id);
        set_trouble("");
        std::lock_guard lock(status_mutex_);
        status_.connected = true;
        ++status_.connections;
        status_.worker_pid = ack->pid;
        status_.worker_version = ack->version;
        logger_.information("media worker: connected, process " + std::to_string(ack->pid) + ", version " +
                            ack->version);
        return Outcome::kGoOn;
    }
    if (!acknowledged_) {
        set_trouble("it did not greet; the connection is dropped");
        return Outcome::kDrop;
    }
    if (const auto refusal = model_.apply(*received.message, std::move(received.fd))) {
        std::lock_guard lock(status_mutex_);
        // Every power of two: a worker that talks nonsense must not fill the log.
        const auto count = ++status_.refused_facts;
        if ((count & (count - 1)) == 0)
            logger_.warning("media worker: refused " + *refusal + " (" + std::to_string(count) + " in all)");
    }
    std::lock_guard lock(status_mutex_);
    status_.shards = model_.shards().size();
    return Outcome::kGoOn;
}

void WorkerLink::wait(const mp::Channel* channel, milliseconds timeout) {
    std::array<pollfd, 3> watched{};
    nfds_t count = 0;
    watched[count++] = {wake_fd_.get(), POLLIN, 0};
    if (channel != nullptr) {
        const short events = channel->wants_write() ? POLLIN | POLLOUT : POLLIN;
        watched[count++] = {channel->fd(), events, 0};
    }
    ::poll(watched.data(), count, static_cast<int>(timeout.count()));
    std::uint64_t drained = 0;
    [[maybe_unused]] const auto read_bytes = ::read(wake_fd_.get(), &drained, sizeof drained);
}

}  // namespace gatehouse::media_worker
