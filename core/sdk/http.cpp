#include <gatehouse/http.h>

#include <Poco/Net/HTTPResponse.h>
#include <Poco/SHA2Engine.h>
#include <Poco/UTF8Encoding.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

#include <gatehouse/error.h>

namespace gatehouse::http {

namespace {

bool is_token_char(char c) {
    static constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.find(c) != std::string_view::npos;
}

bool same_name(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

// A line break in a value would let whoever chose the value write fields, or answers, of his own.
void append_field(std::string& head, std::string_view name, std::string_view value) {
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_token_char))
        throw Error(ErrorCode::kInvalidArgument, "not a header name: '" + std::string(name) + "'");
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 && c != '\t') || byte == 0x7f)
            throw Error(ErrorCode::kInvalidArgument, "control character in header " + std::string(name));
    }
    head.append(name).append(": ").append(value).append("\r\n");
}

bool has_no_body(int status) { return status == 204 || status == 304 || (status >= 100 && status < 200); }

std::string render_head(const Entity::Options& options, const Body& body) {
    if (options.status < 200 || options.status > 599)
        throw Error(ErrorCode::kInvalidArgument, "not a final HTTP status: " + std::to_string(options.status));
    if (has_no_body(options.status) && body.size() != 0)
        throw Error(ErrorCode::kInvalidArgument, "a body with status " + std::to_string(options.status));
    std::string head =
        "HTTP/1.1 " + std::to_string(options.status) + ' ' +
        Poco::Net::HTTPResponse::getReasonForStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(options.status)) +
        "\r\n";
    if (!options.content_type.empty() && !has_no_body(options.status))
        append_field(head, "Content-Type", options.content_type);
    if (!has_no_body(options.status)) append_field(head, "Content-Length", std::to_string(body.size()));
    if (!options.etag.empty()) append_field(head, "ETag", options.etag);
    if (!options.cache_control.empty()) append_field(head, "Cache-Control", options.cache_control);
    if (options.accept_ranges) append_field(head, "Accept-Ranges", "bytes");
    append_field(head, "X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : options.headers) {
        for (const std::string_view framing : {"Content-Length", "Transfer-Encoding", "Connection", "Date"})
            if (same_name(name, framing))
                throw Error(ErrorCode::kInvalidArgument, std::string(framing) + " is the host's to write");
        append_field(head, name, value);
    }
    return head;
}

void append_json_string(std::string& out, std::string_view text) {
    static constexpr char kHex[] = "0123456789abcdef";
    out += '"';
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x80) {
            const int length =
                Poco::UTF8Encoding().sequenceLength(reinterpret_cast<const unsigned char*>(text.data() + at),
                                                    static_cast<int>(std::min<std::size_t>(4, text.size() - at)));
            const bool whole =
                length > 1 && at + static_cast<std::size_t>(length) <= text.size() &&
                Poco::UTF8Encoding::isLegal(reinterpret_cast<const unsigned char*>(text.data() + at), length);
            out.append(whole ? text.substr(at, static_cast<std::size_t>(length)) : std::string_view("\xEF\xBF\xBD"));
            at += whole ? static_cast<std::size_t>(length) : 1;
            continue;
        }
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (c == '\n')
            out += "\\n";
        else if (byte < 0x20 || byte == 0x7f)
            ((out += "\\u00") += kHex[byte >> 4]) += kHex[byte & 15];
        else
            out += c;
        ++at;
    }
    out += '"';
}

}  // namespace

std::string_view name(Method method) noexcept {
    switch (method) {
        case Method::kGet:
            return "GET";
        case Method::kHead:
            return "HEAD";
        case Method::kPost:
            return "POST";
        case Method::kPut:
            return "PUT";
        case Method::kPatch:
            return "PATCH";
        case Method::kDelete:
            return "DELETE";
        case Method::kOptions:
            return "OPTIONS";
        case Method::kOther:
            break;
    }
    return "OTHER";
}

SharedFile::~SharedFile() {
    if (fd_ >= 0) ::close(fd_);
}

Body Body::text(std::string bytes) { return shared(std::make_shared<const std::string>(std::move(bytes))); }

Body Body::shared(std::shared_ptr<const std::string> bytes) {
    Body body;
    body.size_ = bytes ? bytes->size() : 0;
    body.bytes_ = std::move(bytes);
    return body;
}

Body Body::file(std::shared_ptr<const SharedFile> file, std::uint64_t offset, std::uint64_t size) {
    Body body;
    body.file_ = std::move(file);
    body.offset_ = offset;
    body.size_ = size;
    return body;
}

std::string Body::to_string() const {
    if (!file_) return std::string(memory());
    std::string bytes(static_cast<std::size_t>(size_), '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t got =
            ::pread(file_->fd(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset_ + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw Error(ErrorCode::kInternal, std::string("reading a body: ") + std::strerror(errno));
        if (got == 0) throw Error(ErrorCode::kInternal, "a body's file is shorter than the body");
        done += static_cast<std::size_t>(got);
    }
    return bytes;
}

Entity::Entity(Options options, Body body)
    : options_(std::move(options)), body_(std::move(body)), head_(render_head(options_, body_)) {}

std::shared_ptr<const Entity> Entity::make(Options options, Body body) {
    struct Concrete : Entity {
        Concrete(Options o, Body b) : Entity(std::move(o), std::move(b)) {}
    };
    return std::make_shared<const Concrete>(std::move(options), std::move(body));
}

Response Response::json(int status, std::string body) {
    Entity::Options options;
    options.status = status;
    return of(Entity::make(std::move(options), Body::text(std::move(body))));
}

Response Response::text(int status, std::string body, std::string content_type) {
    Entity::Options options;
    options.status = status;
    options.content_type = std::move(content_type);
    return of(Entity::make(std::move(options), Body::text(std::move(body))));
}

void Responder::Sink::dropped() { send(Response::json(500, error_json("The request was not answered", request_id()))); }

Responder::~Responder() {
    if (!sink_) return;
    try {
        sink_->dropped();
    } catch (const std::exception&) {
        // Only memory can be short here; the connection then ends by its deadline.
    }
}

Responder& Responder::operator=(Responder&& other) noexcept {
    if (this != &other) {
        Responder unanswered(std::move(*this));
        sink_ = std::move(other.sink_);
    }
    return *this;
}

void Responder::send(Response response) {
    if (const auto sink = std::exchange(sink_, nullptr)) sink->send(std::move(response));
}

void Responder::fail(int status, const std::string& message) {
    if (!sink_) return;
    Response response = Response::json(status, error_json(message, sink_->request_id()));
    if (status == 429 || status == 503) response.headers.emplace_back("Retry-After", "1");
    send(std::move(response));
}

std::string error_json(std::string_view message, std::string_view request_id) {
    std::string json = "{\"success\":false,\"message\":";
    append_json_string(json, message);
    json += ",\"request_id\":";
    append_json_string(json, request_id);
    json += '}';
    return json;
}

std::string etag_of(std::string_view bytes) {
    Poco::SHA2Engine engine(Poco::SHA2Engine::SHA_256);
    engine.update(bytes.data(), bytes.size());
    const auto& digest = engine.digest();
    static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string tag = "\"";
    unsigned bits = 0;
    int held = 0;
    for (std::size_t i = 0; i < 16; ++i) {
        bits = (bits << 8) | digest[i];
        for (held += 8; held >= 6; held -= 6) tag += kAlphabet[(bits >> (held - 6)) & 63];
    }
    tag += kAlphabet[(bits << (6 - held)) & 63];
    return tag + '"';
}

}  // namespace gatehouse::http
