#include "http/exchange.h"

#include <utility>

#include "http/text.h"

namespace gatehouse::http {

namespace {

constexpr std::string_view kForwardedFor = "X-Forwarded-For";

// False for a name out of somebody else's zone: a page there can have it point to this machine (DNS rebinding), and
// would read as a local client what its visitor's browser may.
bool may_name_this_machine(std::string_view host) noexcept {
    const auto bracket = host.rfind(']');
    const auto colon = host.rfind(':');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket))
        host = host.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    return net::parse_ip(host) || host.find('.') == std::string_view::npos;
}

}  // namespace

void Exchange::begin(Connection& owner, const Peer& from, const HeadParser& parsed, std::uint64_t id,
                     const FrontShared& front) {
    connection = &owner;
    peer = &from;
    head = &parsed;
    shared = &front;
    method_asked = parsed.method();
    id_ = id;
}

void Exchange::forget_request() {
    if (shared->options.access_log) client_address();
    head = nullptr;
    target_parts = {};
    body_text = {};
}

void Exchange::reset() {
    connection = nullptr;
    peer = nullptr;
    head = nullptr;
    target_parts = {};
    scratch.clear();
    entry.reset();
    parameter_count = 0;
    body_text = {};
    origin = Cors::Verdict::kNoOrigin;
    cache_state = CacheState::kNone;
    filling = false;
    response = {};
    tail.clear();
    parts = {};
    next_part = 0;
    file_offset = file_left = sent_bytes = 0;
    status = 0;
    close_after = false;
    answered_ = false;
    id_text_[0] = '\0';
    client_text_.clear();
    kept_block_.reset();
    kept_peer_.reset();
}

void Exchange::outlive_connection(std::unique_ptr<InputBlock> block, std::shared_ptr<const Peer> from) {
    connection = nullptr;
    kept_block_ = std::move(block);
    kept_peer_ = std::move(from);
}

void Exchange::send(Response answer) {
    response = std::move(answer);
    if (mailbox_->on_loop() && dispatching_) {
        answered_ = true;
        return;
    }
    mailbox_->put(shared_from_this());
}

std::optional<std::string> Exchange::query_parameter(std::string_view key) const {
    return query_value(target_parts.query, key);
}

std::string_view Exchange::parameter(std::size_t n) const noexcept {
    return n < parameter_count ? parameters[n] : std::string_view();
}

std::string_view Exchange::host() const noexcept {
    return target_parts.authority.empty() ? head->host() : target_parts.authority;
}

// Several lines of the field are one list (RFC 9110 section 5.3), and a client may have sent the first of them himself.
net::IpAddress Exchange::client_ip() const {
    if (!peer->trusted) return peer->ip;
    std::string_view only;
    std::string joined;
    for (std::size_t i = 0; i < head->field_count(); ++i) {
        const Field& field = head->field(i);
        if (!equal_ignoring_case(field.name, kForwardedFor)) continue;
        if (only.empty())
            only = field.value;
        else
            joined.append(joined.empty() ? only : std::string_view()).append(",").append(field.value);
    }
    return net::client_behind(peer->ip, joined.empty() ? only : std::string_view(joined), shared->trusted_proxies);
}

std::string_view Exchange::client_address() const noexcept {
    if (!peer->trusted) return peer->text;
    if (client_text_.empty()) {
        if (head == nullptr) return peer->text;
        const net::IpAddress ip = client_ip();
        if (ip == peer->ip) return peer->text;
        client_text_ = ip.text();
    }
    return client_text_;
}

// Any such field, even an empty one, was sent by a proxy or is meant to look so.
bool Exchange::client_is_loopback() const noexcept {
    if (!peer->loopback || !may_name_this_machine(host())) return false;
    for (std::size_t i = 0; i < head->field_count(); ++i)
        for (const std::string_view name : {kForwardedFor, std::string_view("Forwarded"), std::string_view("X-Real-IP"),
                                            std::string_view("X-Forwarded-Host"), std::string_view("Via")})
            if (equal_ignoring_case(head->field(i).name, name)) return false;
    return true;
}

std::string_view Exchange::request_id() const noexcept {
    if (id_text_[0] == '\0') {
        static constexpr char kHex[] = "0123456789abcdef";
        for (std::size_t i = 0; i < id_text_.size(); ++i) id_text_[i] = kHex[(id_ >> (60 - 4 * i)) & 15];
    }
    return {id_text_.data(), id_text_.size()};
}

}  // namespace gatehouse::http
