// HTTP as a plugin sees it: routes, requests, answers. Semantics follow RFC 9110; sockets stay in the host.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gatehouse/accounts.h>
#include <gatehouse/registration.h>

namespace gatehouse::http {

enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };
std::string_view name(Method method) noexcept;

// An open file descriptor (memfd or regular file) shared by everybody who sends from it; closed by the last holder.
class SharedFile {
public:
    // Takes ownership of fd.
    explicit SharedFile(int fd) noexcept : fd_(fd) {}
    ~SharedFile();
    SharedFile(const SharedFile&) = delete;
    SharedFile& operator=(const SharedFile&) = delete;
    int fd() const noexcept { return fd_; }

private:
    int fd_;
};

// Immutable bytes of an answer: text in memory, or a range of a shared file that leaves by sendfile. Cheap to copy.
class Body {
public:
    Body() = default;
    static Body text(std::string bytes);
    static Body shared(std::shared_ptr<const std::string> bytes);
    // The range must exist and never change while the body lives.
    static Body file(std::shared_ptr<const SharedFile> file, std::uint64_t offset, std::uint64_t size);

    std::uint64_t size() const noexcept { return size_; }
    bool is_file() const noexcept { return static_cast<bool>(file_); }
    std::string_view memory() const noexcept { return bytes_ ? std::string_view(*bytes_) : std::string_view(); }
    const std::shared_ptr<const std::string>& bytes() const noexcept { return bytes_; }
    const std::shared_ptr<const SharedFile>& file() const noexcept { return file_; }
    std::uint64_t file_offset() const noexcept { return offset_; }
    // The whole body as text; reads the file where it is one (blocking; tests and small bodies).
    std::string to_string() const;

private:
    std::shared_ptr<const std::string> bytes_;
    std::shared_ptr<const SharedFile> file_;
    std::uint64_t offset_ = 0;
    std::uint64_t size_ = 0;
};

// A representation that may be shared by many answers: status, type, validators and body, its head rendered once.
class Entity {
public:
    struct Options {
        int status = 200;
        std::string content_type = "application/json; charset=utf-8";
        std::string etag;           // quoted, e.g. "\"abc\""; empty: none. Enables 304 and If-Range
        std::string cache_control;  // empty: none
        std::vector<std::pair<std::string, std::string>> headers;  // further fixed fields
        bool accept_ranges = false;  // byte ranges are served from the body (RFC 9110 section 14)
    };
    static std::shared_ptr<const Entity> make(Options options, Body body);

    const Options& options() const noexcept { return options_; }
    const Body& body() const noexcept { return body_; }
    // Status line and fixed fields including Content-Length, ready to send, without the empty line. Only for a plain
    // full answer of `options().status`.
    const std::string& head() const noexcept { return head_; }

private:
    Entity(Options options, Body body);
    Options options_;
    Body body_;
    std::string head_;
};

// An answer: a shared entity and the fields that belong to this answer alone.
struct Response {
    std::shared_ptr<const Entity> entity;
    std::vector<std::pair<std::string, std::string>> headers;
    bool close = false;  // close the connection after it

    static Response json(int status, std::string body);
    static Response text(int status, std::string body, std::string content_type = "text/plain; charset=utf-8");
    static Response of(std::shared_ptr<const Entity> entity) { return {std::move(entity), {}, false}; }
};

// Everything about one request. Views stay valid until its Responder was used or dropped. Not thread-safe.
class Request {
public:
    virtual ~Request() = default;
    virtual Method method() const noexcept = 0;  // HEAD is given as kHead; answer as for GET, the host drops the body
    virtual std::string_view path() const noexcept = 0;    // percent-decoded, no "." or "..", starts with '/'
    virtual std::string_view target() const noexcept = 0;  // as received
    virtual std::string_view query() const noexcept = 0;   // after '?', undecoded; empty if none
    // First value of a query parameter, percent-decoded.
    virtual std::optional<std::string> query_parameter(std::string_view key) const = 0;
    // Value of the n-th {placeholder} of the route, in order of the pattern; empty when out of range.
    virtual std::string_view parameter(std::size_t n) const noexcept = 0;
    virtual std::string_view header(std::string_view name) const noexcept = 0;  // case-insensitive; empty if absent
    // All fields in the order in which they came; names may repeat. Nothing where the host does not know them.
    virtual void each_header(const std::function<void(std::string_view name, std::string_view value)>&) const {}
    virtual std::string_view body() const noexcept = 0;
    virtual std::string_view client_address() const noexcept = 0;  // text form, after the trusted-proxy rule
    virtual bool client_is_loopback() const noexcept = 0;
    virtual const Caller& caller() const noexcept = 0;
    virtual std::string_view request_id() const noexcept = 0;
};

// Answers one request, once, from any thread. Dropped unused, the client gets 500. Move-only.
class Responder {
public:
    class Sink {
    public:
        virtual ~Sink() = default;
        virtual void send(Response response) = 0;
        // The Responder went without an answer: 500.
        virtual void dropped();
        // Of the request that is answered; valid until send().
        virtual std::string_view request_id() const noexcept { return {}; }
    };
    Responder() = default;
    explicit Responder(std::shared_ptr<Sink> sink) : sink_(std::move(sink)) {}
    Responder(Responder&&) noexcept = default;
    Responder& operator=(Responder&& other) noexcept;
    Responder(const Responder&) = delete;
    Responder& operator=(const Responder&) = delete;
    ~Responder();

    void send(Response response);
    // {"success":false,"message":...,"request_id":...} with the status of the code.
    void fail(int status, const std::string& message);
    explicit operator bool() const noexcept { return static_cast<bool>(sink_); }

private:
    std::shared_ptr<Sink> sink_;
};

enum class Access {
    kPublic,           // everybody
    kLoopbackOrAdmin,  // clients on this machine (not through a proxy) and administrators; others 403
    kAdmin,            // administrators only; the TCP port answers 403 until accounts exist
};
enum class Lane {
    kLoop,    // handler must not block
    kWorker,  // handler may block; its queue is bounded, full means 503 with Retry-After
};

// kWorker handlers of a cached route run once per miss. Only 200s of GET are stored, HEAD shares them.
struct CachePolicy {
    std::chrono::milliseconds ttl{0};     // 0: not cached. kPublicTtl: cache.public_ttl of the configuration
    std::vector<std::string> tags;        // what invalidates it
    std::vector<std::string> query_keys;  // parameters that make a new entry; others are ignored
};
inline constexpr std::chrono::milliseconds kPublicTtl{-1};

struct Route {
    std::string name;             // dotted, for metrics and logs: "cameras.active"
    std::vector<Method> methods;  // kGet serves HEAD too
    std::string pattern;          // "/hls/{key}/{file}"; "{rest*}" at the end takes the remaining path
    Access access = Access::kPublic;
    Lane lane = Lane::kWorker;
    std::size_t body_limit_bytes = 0;  // 0: no body accepted (413)
    std::optional<CachePolicy> cache;  // nullopt is refused for a GET route: say CachePolicy{} for "not cached"
    std::string audit_action;          // required for methods other than GET, HEAD and OPTIONS, e.g. "camera.create"
    bool any_origin = false;           // Access-Control-Allow-Origin: * for GET and HEAD (media)
    std::function<void(Request&, Responder)> handler;
};

// Thread-safe. A route that lacks one of the declarations above, or clashes with another, is Error(kInvalidArgument).
// Withdrawn routes of a plugin that is down answer 503 with Retry-After.
class Router {
public:
    virtual ~Router() = default;
    [[nodiscard]] virtual Registration route(Route route) = 0;
};

// {"success":false,"message":...,"request_id":...} (plus "errors" where given), the one error shape.
std::string error_json(std::string_view message, std::string_view request_id);
// Strong ETag of some bytes: quoted first 128 bits of SHA-256, base64url.
std::string etag_of(std::string_view bytes);

}  // namespace gatehouse::http
