#include "fault_proxy.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <future>
#include <system_error>

namespace gatehouse::simcam {
namespace {

using std::chrono::steady_clock;

constexpr auto kTricklePeriod = std::chrono::seconds(1);

const char* name_of(ConnectionFault fault) {
    switch (fault) {
        case ConnectionFault::none:
            return "normal";
        case ConnectionFault::refuse:
            return "refuse";
        case ConnectionFault::unauthorized:
            return "unauthorized";
        case ConnectionFault::hang:
            return "hang";
        case ConnectionFault::trickle:
            return "trickle";
    }
    return "";
}

Socket checked(int fd, const char* what) {
    if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
    return Socket(fd);
}

}  // namespace

FaultProxy::FaultProxy(const std::vector<std::uint16_t>& internal_ports, std::uint16_t first_port, bool port_per_camera)
    : port_per_camera_(port_per_camera),
      next_trickle_(steady_clock::now()),
      epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wake_(checked(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")) {
    for (const std::uint16_t port : internal_ports) {
        cameras_.push_back(std::make_unique<PerCamera>());
        cameras_.back()->state.internal_port = port;
    }
    const std::size_t count = port_per_camera ? internal_ports.size() : 1;
    for (std::size_t i = 0; i < count; ++i) {
        const auto wanted = first_port == 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(first_port + i);
        Socket socket = bind_loopback(wanted, true);
        const std::uint16_t number = bound_port(socket);
        ports_.push_back({std::move(socket), number, true});
    }
    thread_ = std::thread(&FaultProxy::run, this);
}

FaultProxy::~FaultProxy() {
    call([this] { stopping_ = true; });
    thread_.join();
}

std::uint16_t FaultProxy::port(std::size_t camera) const { return ports_.at(port_per_camera_ ? camera : 0).number; }

void FaultProxy::call(const std::function<void()>& action) {
    std::promise<void> done;
    {
        const std::lock_guard lock(calls_mutex_);
        calls_.emplace_back([&] {
            try {
                action();
                done.set_value();
            } catch (...) {
                done.set_exception(std::current_exception());
            }
        });
    }
    eventfd_write(wake_.fd(), 1);
    done.get_future().get();
}

void FaultProxy::run_calls() {
    eventfd_t ignored = 0;
    eventfd_read(wake_.fd(), &ignored);
    std::vector<std::function<void()>> calls;
    {
        const std::lock_guard lock(calls_mutex_);
        calls.swap(calls_);
    }
    for (const auto& call : calls) call();
}

void FaultProxy::set_fault(std::size_t camera, ConnectionFault fault, const std::string& hang_method) {
    call([&] {
        CameraFaultState& state = cameras_.at(camera)->state;
        const bool changed = state.fault != fault;
        state.fault = fault;
        state.hang_method = hang_method;
        if (port_per_camera_) set_listening(camera, fault != ConnectionFault::refuse);
        if (changed && fault != ConnectionFault::trickle) close_connections(camera, false);
    });
}

void FaultProxy::drop_connections(std::size_t camera, bool with_reset) {
    call([&] { close_connections(camera, with_reset); });
}

void FaultProxy::reset_every(std::size_t camera, std::chrono::milliseconds period) {
    call([&] {
        cameras_.at(camera)->reset_period = period;
        cameras_.at(camera)->next_reset = steady_clock::now() + period;
    });
}

CameraStats FaultProxy::stats(std::size_t camera) {
    CameraStats stats;
    call([&] {
        const PerCamera& per_camera = *cameras_.at(camera);
        stats.fault = name_of(per_camera.state.fault);
        stats.connects = per_camera.state.connects;
        stats.plays = per_camera.state.plays;
        for (const ProxyConnection& connection : connections_) {
            if (connection.camera() != &per_camera.state || connection.closed()) continue;
            ++stats.connections;
            if (connection.playing()) ++stats.sessions;
        }
    });
    return stats;
}

void FaultProxy::close_connections(std::size_t camera, bool with_reset) {
    for (ProxyConnection& connection : connections_) {
        if (connection.camera() == &cameras_.at(camera)->state) connection.close(with_reset);
    }
}

void FaultProxy::set_listening(std::size_t port_index, bool listening) {
    Port& port = ports_.at(port_index);
    if (port.listening == listening) return;
    port.socket = Socket();
    port.socket = bind_loopback(port.number, listening);
    port.listening = listening;
    if (!listening) return;
    std::uint32_t unwatched = 0;
    watch(port.socket.fd(), EPOLLIN, unwatched, nullptr);
}

void FaultProxy::accept_on(std::size_t port_index) {
    Socket client(accept4(ports_.at(port_index).socket.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!client) return;
    const int on = 1;
    setsockopt(client.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const auto arrive = [this](std::size_t camera) {
        ++cameras_[camera]->state.connects;
        return &cameras_[camera]->state;
    };
    const auto route = [this, arrive](const RtspMessage& request) -> CameraFaultState* {
        const int number = camera_in_uri(request.uri).value_or(1);
        if (number < 1 || number > static_cast<int>(cameras_.size())) return nullptr;
        return arrive(static_cast<std::size_t>(number - 1));
    };
    CameraFaultState* camera = port_per_camera_ ? arrive(port_index) : nullptr;
    update_interest(connections_.emplace_back(std::move(client), camera, route));
}

void FaultProxy::watch(int fd, std::uint32_t events, std::uint32_t& watched, ProxyConnection* connection) {
    constexpr std::uint32_t kRegistered = 1U << 31U;  // tells "nothing wanted" from "not registered yet"
    if (fd < 0 || watched == (events | kRegistered)) return;
    epoll_event event{.events = events, .data = {.fd = fd}};
    epoll_ctl(epoll_.fd(), watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
    watched = events | kRegistered;
    if (connection != nullptr) connection_of_fd_[fd] = connection;
}

void FaultProxy::update_interest(ProxyConnection& connection) {
    const auto events = [](bool input, bool output) { return (input ? EPOLLIN : 0U) | (output ? EPOLLOUT : 0U); };
    watch(connection.client_fd(), events(connection.wants_client_input(), connection.wants_client_output()),
          connection.client_events, &connection);
    watch(connection.server_fd(), events(connection.wants_server_input(), connection.wants_server_output()),
          connection.server_events, &connection);
}

void FaultProxy::dispatch(std::span<const epoll_event> events) {
    for (const epoll_event& event : events) {
        const int fd = event.data.fd;
        if (fd == wake_.fd()) {
            run_calls();
            continue;
        }
        const auto port =
            std::find_if(ports_.begin(), ports_.end(), [fd](const Port& p) { return p.socket.fd() == fd; });
        if (port != ports_.end()) {
            accept_on(static_cast<std::size_t>(port - ports_.begin()));
            continue;
        }
        const auto found = connection_of_fd_.find(fd);
        if (found == connection_of_fd_.end() || found->second->closed()) continue;
        ProxyConnection& connection = *found->second;
        const bool readable = (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0U;
        const bool writable = (event.events & EPOLLOUT) != 0U;
        if (fd == connection.client_fd())
            connection.on_client(readable, writable);
        else if (fd == connection.server_fd())
            connection.on_server(readable, writable);
        update_interest(connection);
    }
}

void FaultProxy::run_timers(steady_clock::time_point now) {
    for (std::size_t i = 0; i < cameras_.size(); ++i) {
        PerCamera& camera = *cameras_[i];
        if (camera.reset_period.count() == 0 || now < camera.next_reset) continue;
        camera.next_reset = now + camera.reset_period;
        close_connections(i, true);
    }
    if (now < next_trickle_) return;
    next_trickle_ = now + kTricklePeriod;
    for (ProxyConnection& connection : connections_) connection.release_one_byte();
}

int FaultProxy::wait_ms(steady_clock::time_point now) const {
    auto until = next_trickle_;
    for (const auto& camera : cameras_) {
        if (camera->reset_period.count() != 0) until = std::min(until, camera->next_reset);
    }
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
    return static_cast<int>(std::clamp<std::int64_t>(wait, 0, 1000));
}

void FaultProxy::sweep() {
    std::erase_if(connection_of_fd_, [](const auto& entry) { return entry.second->closed(); });
    connections_.remove_if([](const ProxyConnection& connection) { return connection.closed(); });
}

void FaultProxy::run() {
    std::uint32_t unused = 0;
    watch(wake_.fd(), EPOLLIN, unused, nullptr);
    for (Port& port : ports_) watch(port.socket.fd(), EPOLLIN, unused = 0, nullptr);
    std::array<epoll_event, 64> events;
    while (!stopping_) {
        const int count =
            epoll_wait(epoll_.fd(), events.data(), static_cast<int>(events.size()), wait_ms(steady_clock::now()));
        dispatch(std::span(events.data(), static_cast<std::size_t>(std::max(count, 0))));
        run_timers(steady_clock::now());
        sweep();
    }
}

}  // namespace gatehouse::simcam
