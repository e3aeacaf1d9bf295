// A front with routes made for tests and benchmarks. Prints "PORT <n>" when its doors are open and ends at the end of
// its standard input; each line it reads is a command, answered by one line.
//
//   front_server [key=value ...]     options as in FrontOptions, see configure()
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstddef>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <iterator>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <Poco/AutoPtr.h>
#include <Poco/ConsoleChannel.h>
#include <Poco/FormattingChannel.h>
#include <Poco/Logger.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/PatternFormatter.h>

#include <gatehouse/error.h>
#include <gatehouse/http.h>
#include <gatehouse/poco_handler.h>

#include "accounts/anonymous_accounts.h"
#include "cache/cache_registry.h"
#include "exec/worker_pool.h"
#include "http/front.h"
#include "http/route_table.h"
#include "http/static_files.h"
#include "metrics/metrics_registry.h"

namespace {

using namespace gatehouse;
using http::Entity;
using http::Lane;
using http::Method;
using http::Request;
using http::Responder;
using http::Response;
using http::Route;
using std::chrono::milliseconds;

std::shared_ptr<const Entity> text_entity(std::string text, std::string type, std::string cache_control = {}) {
    Entity::Options options;
    options.content_type = std::move(type);
    options.cache_control = std::move(cache_control);
    options.etag = http::etag_of(text);
    options.accept_ranges = true;
    return Entity::make(std::move(options), http::Body::text(std::move(text)));
}

std::shared_ptr<const Entity> memfd_entity(std::size_t bytes) {
    const int fd = ::memfd_create("segment", MFD_CLOEXEC);
    std::string block(bytes, '\0');
    for (std::size_t i = 0; i < block.size(); ++i) block[i] = static_cast<char>('a' + i % 26);
    if (fd < 0 || ::write(fd, block.data(), block.size()) != static_cast<ssize_t>(block.size())) std::abort();
    Entity::Options options;
    options.content_type = "video/mp4";
    options.cache_control = "public, max-age=31536000, immutable";
    options.etag = "\"segment-" + std::to_string(bytes) + "\"";
    options.accept_ranges = true;
    return Entity::make(std::move(options), http::Body::file(std::make_shared<http::SharedFile>(fd), 0, bytes));
}

// Responders kept until a command says what to do with them.
struct Parked {
    std::mutex mutex;
    std::deque<Responder> waiting;
};

struct Server {
    std::map<std::string, std::string> arguments;
    metrics::MetricsRegistry metrics;
    SystemClock clock;
    accounts::AnonymousAccounts accounts;
    std::unique_ptr<exec::WorkerPool> workers;
    std::unique_ptr<cache::CacheRegistry> caches;
    std::unique_ptr<http::RouteTable> table;
    std::unique_ptr<http::Front> front;
    Registrations routes;
    std::map<std::string, Registration> removable;
    Parked parked;
    std::mutex gate_mutex;
    std::condition_variable gate;
    bool gate_open = false;
    std::atomic<int> inside{0};
    std::atomic<int> loads{0};
    std::vector<int> eaten;  // descriptors

    std::string argument(const std::string& key, const std::string& otherwise) const {
        const auto found = arguments.find(key);
        return found == arguments.end() ? otherwise : found->second;
    }
    long number(const std::string& key, long otherwise) const {
        return std::stol(argument(key, std::to_string(otherwise)));
    }
};

Route get(std::string name, std::string pattern, Lane lane, std::function<void(Request&, Responder)> handler) {
    Route route;
    route.name = std::move(name);
    route.methods = {Method::kGet};
    route.pattern = std::move(pattern);
    route.lane = lane;
    route.cache = http::CachePolicy{};
    route.handler = std::move(handler);
    return route;
}

std::string echo(const Request& request) {
    std::string text = std::string(http::name(request.method())) + " " + std::string(request.path()) + "?" +
                       std::string(request.query()) + "\n";
    text += "p0=" + std::string(request.parameter(0)) + " p1=" + std::string(request.parameter(1)) + "\n";
    text += "q=" + request.query_parameter("q").value_or("(none)") + "\n";
    text += "client=" + std::string(request.client_address()) +
            " loopback=" + (request.client_is_loopback() ? "yes" : "no") + "\n";
    text +=
        "caller=" + std::string(request.caller().is_admin() ? "admin " : "anonymous ") + request.caller().name + "\n";
    text += "body=" + std::string(request.body());
    return text;
}

void wait_at_gate(Server& server) {
    std::unique_lock lock(server.gate_mutex);
    ++server.inside;
    server.gate.wait(lock, [&] { return server.gate_open; });
    --server.inside;
}

void add_plain_routes(Server& server) {
    http::Router& router = *server.table;
    const auto page = text_entity(std::string(2048, 'p'), "application/vnd.apple.mpegurl", "no-cache");
    const auto segment = memfd_entity(500'000);
    const auto large = memfd_entity(64'000'000);
    for (const auto& [name, entity] : {std::pair{"p", page}, std::pair{"seg", segment}, std::pair{"large", large}}) {
        Route route = get(name, std::string("/") + name, Lane::kLoop,
                          [entity = entity](Request&, Responder responder) { responder.send(Response::of(entity)); });
        route.any_origin = true;
        server.routes += router.route(std::move(route));
    }
    const auto json = [&server](Request&, Responder responder) {
        ++server.loads;
        responder.send(Response::json(200, "{\"success\":true,\"data\":[" + std::string(1060, '1') + "]}"));
    };
    Route cached = get("json", "/json", Lane::kWorker, json);
    cached.cache = http::CachePolicy{http::kPublicTtl, {"cameras"}, {"page", "area"}};
    server.routes += router.route(std::move(cached));
    server.routes += router.route(get("echo", "/echo/{a}/{b*}", Lane::kLoop, [](Request& request, Responder responder) {
        responder.send(Response::text(200, echo(request)));
    }));
    server.routes += router.route(get("worker", "/worker", Lane::kWorker, [](Request& request, Responder responder) {
        responder.send(Response::text(200, echo(request)));
    }));
}

void add_changing_routes(Server& server) {
    Route post = get("post", "/post", Lane::kLoop,
                     [](Request& request, Responder responder) { responder.send(Response::text(201, echo(request))); });
    post.methods = {Method::kPost, Method::kPut};
    post.cache.reset();
    post.audit_action = "test.post";
    post.body_limit_bytes = 100'000;
    server.routes += server.table->route(std::move(post));
    for (const auto& [name, access] :
         {std::pair{"admin", http::Access::kAdmin}, std::pair{"local", http::Access::kLoopbackOrAdmin}}) {
        Route route = get(name, std::string("/") + name, Lane::kLoop, [](Request& request, Responder responder) {
            responder.send(Response::text(200, echo(request)));
        });
        route.access = access;
        server.routes += server.table->route(std::move(route));
    }
}

// What a Poco programmer would write.
class PocoEcho final : public Poco::Net::HTTPRequestHandler {
    void handleRequest(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) override {
        const std::string uri = request.getURI();
        if (uri.find("silent") != std::string::npos) return;
        if (uri.find("redirect") != std::string::npos) return response.redirect("/p");
        if (uri.find("throw") != std::string::npos) throw Poco::NotFoundException("secret detail");
        response.setContentType("text/plain");
        response.set("X-From", request.get("X-To", "nobody"));
        response.setChunkedTransferEncoding(true);
        const std::string body(std::istreambuf_iterator<char>(request.stream()), {});
        std::ostream& out = response.send();
        out << request.getMethod() << ' ' << uri << ' ' << request.clientAddress().host().toString() << ' ' << body;
        if (uri.find("endless") != std::string::npos)
            for (const std::string line(1 << 20, 'x'); out.good();) out << line;
    }
};

class PocoEchoFactory final : public Poco::Net::HTTPRequestHandlerFactory {
    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
        return new PocoEcho;
    }
};

void add_poco_routes(Server& server) {
    const auto handler = http::poco_handler(new PocoEchoFactory);
    server.routes += server.table->route(get("poco", "/poco/{what}", Lane::kWorker, handler));
    Route post = get("poco.post", "/poco/{what}", Lane::kWorker, handler);
    post.methods = {Method::kPost};
    post.cache.reset();
    post.audit_action = "test.post";
    post.body_limit_bytes = 1000;
    server.routes += server.table->route(std::move(post));
}

void add_failing_routes(Server& server) {
    for (const Lane lane : {Lane::kLoop, Lane::kWorker}) {
        const std::string side = lane == Lane::kLoop ? "loop" : "worker";
        server.routes += server.table->route(
            get("throw." + side, "/throw/" + side + "/{kind}", lane, [](Request& request, Responder responder) {
                if (request.parameter(0) == "error") throw Error(ErrorCode::kUnavailable, "the database is asleep");
                if (request.parameter(0) == "drop") return;
                if (request.parameter(0) == "late") responder.send(Response::text(200, "said before it threw"));
                throw std::runtime_error("secret detail");
            }));
        server.routes +=
            server.table->route(get("inject." + side, "/inject/" + side, lane, [](Request&, Responder responder) {
                Response response = Response::text(200, "ok");
                response.headers = {{"X-One", "a\r\nX-Two: b"}, {"Content-Length", "7"}, {"X Bad", "c"}};
                responder.send(std::move(response));
            }));
    }
}

void add_waiting_routes(Server& server) {
    server.routes += server.table->route(get("park", "/park", Lane::kLoop, [&server](Request&, Responder responder) {
        const std::lock_guard lock(server.parked.mutex);
        server.parked.waiting.push_back(std::move(responder));
    }));
    Route gated = get("gated", "/gated/{name}", Lane::kWorker, [&server](Request& request, Responder responder) {
        ++server.loads;
        wait_at_gate(server);
        if (request.parameter(0) == "error") throw Error(ErrorCode::kUnavailable, "not now");
        if (request.parameter(0) == "cookie") {
            Response response = Response::text(200, "yours alone");
            response.headers.emplace_back("Set-Cookie", "a=b");
            return responder.send(std::move(response));
        }
        responder.send(Response::text(200, "gated " + std::string(request.parameter(0))));
    });
    gated.cache = http::CachePolicy{milliseconds(60'000), {"gated"}, {}};
    server.routes += server.table->route(std::move(gated));
    server.routes += server.table->route(get("slow", "/slow", Lane::kWorker, [&server](Request&, Responder responder) {
        wait_at_gate(server);
        responder.send(Response::text(200, "slow"));
    }));
    server.removable["gone"] =
        server.table->route(get("gone", "/gone", Lane::kWorker, [&server](Request&, Responder responder) {
            wait_at_gate(server);
            responder.send(Response::text(200, "still here"));
        }));
    server.removable["self"] =
        server.table->route(get("self", "/self", Lane::kLoop, [&server](Request&, Responder responder) {
            server.removable.at("self").close();
            responder.send(Response::text(200, "withdrew myself"));
        }));
    server.routes += server.table->placeholder("/down", 503, "Plugin down is restarting", 5);
    server.routes += server.table->placeholder("/down/never", 404, "Plugin never is not enabled", 0);
}

http::FrontOptions configure(const Server& server) {
    http::FrontOptions options;
    options.listen = {server.argument("listen", "127.0.0.1:0")};
    if (server.argument("listen_also", "").size() > 0) options.listen.push_back(server.argument("listen_also", ""));
    if (server.argument("trusted", "").size() > 0) options.trusted_proxies = {server.argument("trusted", "")};
    if (server.argument("origin", "").size() > 0) options.cors_origins = {server.argument("origin", "")};
    options.access_log = server.number("access_log", 0) != 0;
    options.loops = static_cast<std::size_t>(server.number("loops", 2));
    options.max_connections = static_cast<std::size_t>(server.number("max_connections", 10'000));
    options.max_connections_per_address = static_cast<std::size_t>(server.number("per_address", 0));
    options.head_limit_bytes = static_cast<std::size_t>(server.number("head_limit", 16 * 1024));
    options.head_timeout = milliseconds(server.number("head_timeout", 10'000));
    options.body_timeout = milliseconds(server.number("body_timeout", 30'000));
    options.idle_timeout = milliseconds(server.number("idle_timeout", 75'000));
    options.write_stall_timeout = milliseconds(server.number("stall_timeout", 30'000));
    options.least_bytes_per_second = static_cast<std::uint64_t>(server.number("least_rate", 1024));
    options.rate_per_address = static_cast<double>(server.number("rate", 0));
    options.admin_socket = server.argument("admin_socket", "");
    options.admin_group = server.argument("admin_group", "");
    options.public_ttl = milliseconds(server.number("public_ttl", 30'000));
    return options;
}

void open_gate(Server& server, bool open) {
    const std::lock_guard lock(server.gate_mutex);
    server.gate_open = open;
    server.gate.notify_all();
}

// Takes all descriptors the process may have, but for `spare`.
void eat_descriptors(Server& server, std::size_t spare) {
    for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) server.eaten.push_back(fd);
    for (; spare > 0 && !server.eaten.empty(); --spare) {
        ::close(server.eaten.back());
        server.eaten.pop_back();
    }
}

std::string answer_parked(Server& server, const std::string& how) {
    std::deque<Responder> taken;
    {
        const std::lock_guard lock(server.parked.mutex);
        taken.swap(server.parked.waiting);
    }
    for (Responder& responder : taken)
        if (how == "send") responder.send(Response::text(200, "parked"));
    return std::to_string(taken.size());
}

constexpr bool kUndefinedSanitizer =
#ifdef __SANITIZE_ADDRESS__  // the two go together in our builds
    true;
#else
    false;
#endif

std::string obey(Server& server, const std::string& line) {
    const auto space = line.find(' ');
    const std::string command = line.substr(0, space), value = space == std::string::npos ? "" : line.substr(space + 1);
    if (command == "gate") return open_gate(server, value == "open"), "ok";
    if (command == "inside") return std::to_string(server.inside.load());
    if (command == "loads") return std::to_string(server.loads.load());
    if (command == "parked") {
        const std::lock_guard lock(server.parked.mutex);
        return std::to_string(server.parked.waiting.size());
    }
    if (command == "unpark") return answer_parked(server, value);
    if (command == "withdraw") return server.removable.erase(value) == 1 ? "ok" : "none";
    if (command == "withdraw_later") {
        std::thread([&server, value] { server.removable.at(value).close(); }).detach();
        return "ok";
    }
    if (command == "invalidate") return std::to_string(server.caches->invalidate(value));
    if (command == "ttl") return server.front->set_public_ttl(milliseconds(std::stol(value))), "ok";
    if (command == "connections") return std::to_string(server.front->stats().connections);
    if (command == "refused") return std::to_string(server.front->stats().refused);
    if (command == "accept_errors") return std::to_string(server.front->stats().accept_errors);
    if (command == "silence") return std::to_string(server.front->longest_silence().count());
    if (command == "eat") return eat_descriptors(server, std::stoul(value)), std::to_string(server.eaten.size());
    if (command == "sanitized") return kUndefinedSanitizer ? "yes" : "no";
    if (command == "spit") {
        for (const int fd : server.eaten) ::close(fd);
        server.eaten.clear();
        return "ok";
    }
    if (command == "close_doors") return server.front->close_doors(), "ok";
    if (command == "drain") return server.front->drain(milliseconds(std::stol(value))) ? "empty" : "late";
    if (command == "metrics") {
        std::string text = server.metrics.render(), found;
        for (std::size_t at = 0; at < text.size();) {
            const auto end = text.find('\n', at);
            const std::string each = text.substr(at, end - at);
            if (each.rfind(value, 0) == 0) found += each + ";";
            at = end == std::string::npos ? text.size() : end + 1;
        }
        return found;
    }
    return "what?";
}

// As a kernel that was started with ipv6.disable=1.
void do_without_ipv6() {
    sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{std::size(rules), rules};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        throw std::runtime_error("cannot do without IPv6");
}

int serve(Server& server) {
    if (server.number("no_ipv6", 0) != 0) do_without_ipv6();
    Poco::AutoPtr<Poco::Channel> console(new Poco::ConsoleChannel(std::cerr));
    Poco::AutoPtr<Poco::Formatter> pattern(new Poco::PatternFormatter("%p %t"));
    Poco::Logger& logger = Poco::Logger::create("front", new Poco::FormattingChannel(pattern, console));
    if (const long limit = server.number("nofile", 0); limit > 0) {
        const rlimit both{static_cast<rlim_t>(limit), static_cast<rlim_t>(limit)};
        ::setrlimit(RLIMIT_NOFILE, &both);
    }
    server.workers = std::make_unique<exec::WorkerPool>(exec::WorkerPool::Options{
        static_cast<std::size_t>(server.number("workers", 4)), static_cast<std::size_t>(server.number("queue", 256))});
    server.caches =
        std::make_unique<cache::CacheRegistry>(cache::CacheRegistry::Options{}, server.clock, server.metrics);
    server.table = std::make_unique<http::RouteTable>(server.metrics);
    add_plain_routes(server);
    add_changing_routes(server);
    add_poco_routes(server);
    add_failing_routes(server);
    add_waiting_routes(server);
    std::unique_ptr<http::StaticFiles> files;
    if (const std::string web = server.argument("web", ""); !web.empty())
        files = std::make_unique<http::StaticFiles>(http::StaticFilesOptions{web, "/"}, *server.table, logger);
    server.front = std::make_unique<http::Front>(configure(server), *server.table, *server.workers, *server.caches,
                                                 server.accounts, server.metrics, server.clock, logger);
    server.front->start();
    std::cout << "PORT " << server.front->bound().at(0).port << std::endl;
    for (std::string line; std::getline(std::cin, line);) std::cout << obey(server, line) << std::endl;
    server.front->close_doors();
    open_gate(server, true);
    server.front->stop();
    server.workers->stop();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    Server server;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        const auto equals = argument.find('=');
        server.arguments[argument.substr(0, equals)] = equals == std::string::npos ? "1" : argument.substr(equals + 1);
    }
    try {
        return serve(server);
    } catch (const Poco::Exception& failure) {
        std::cerr << "front_server: " << failure.displayText() << std::endl;
        return 1;
    } catch (const std::exception& failure) {
        std::cerr << "front_server: " << failure.what() << std::endl;
        return 1;
    }
}
