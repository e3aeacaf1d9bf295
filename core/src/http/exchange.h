// One request and its answer, as the handler sees them and as the loop sends them.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <gatehouse/http.h>

#include "http/call_sink.h"
#include "http/cors.h"
#include "http/front_shared.h"
#include "http/input_block.h"
#include "http/mailbox.h"
#include "http/path_normaliser.h"
#include "http/route_set.h"

namespace gatehouse::http {

class Connection;

// Pooled per loop: a request that is answered at once allocates nothing. Loop thread only, except for what Request and
// Responder promise: between the call of the handler and its answer the exchange belongs to the handler, and the loop
// touches only `connection`, `kept_block` and `kept_peer`.
class Exchange final : public Request, public CallSink, public std::enable_shared_from_this<Exchange> {
public:
    explicit Exchange(std::shared_ptr<Mailbox> mailbox) : mailbox_(std::move(mailbox)) { tail.reserve(512); }

    void begin(Connection& owner, const Peer& from, const HeadParser& parsed, std::uint64_t id,
               const FrontShared& front);
    // Lets go of everything; the exchange may then begin again.
    void reset();
    // The answer is composed and its sending takes long: the bytes of the request may go.
    void forget_request();
    // The connection is gone while the handler still works: its views must stay.
    void outlive_connection(std::unique_ptr<InputBlock> block, std::shared_ptr<const Peer> from);

    // Request
    Method method() const noexcept override { return filling ? Method::kGet : head->method(); }
    std::string_view path() const noexcept override { return target_parts.path; }
    std::string_view target() const noexcept override { return head->target(); }
    std::string_view query() const noexcept override { return target_parts.query; }
    std::optional<std::string> query_parameter(std::string_view key) const override;
    std::string_view parameter(std::size_t n) const noexcept override;
    std::string_view header(std::string_view name) const noexcept override { return head->header(name); }
    void each_header(const std::function<void(std::string_view, std::string_view)>& visit) const override {
        for (std::size_t i = 0; i < head->field_count(); ++i) visit(head->field(i).name, head->field(i).value);
    }
    std::string_view body() const noexcept override { return body_text; }
    std::string_view client_address() const noexcept override;
    bool client_is_loopback() const noexcept override;
    const Caller& caller() const noexcept override { return peer->caller; }
    std::string_view request_id() const noexcept override;  // of Request and of Sink alike

    // Sink. From any thread, once.
    void send(Response answer) override;

    net::IpAddress client_ip() const;
    // The authority the client asked for.
    std::string_view host() const noexcept;
    bool answered() const noexcept { return answered_; }
    void take_answer() noexcept { answered_ = true; }  // one that came by the mailbox

    // While the loop calls a handler, an answer from this very thread is kept instead of posted.
    class Dispatch {
    public:
        explicit Dispatch(Exchange& exchange) noexcept : exchange_(exchange) { exchange_.dispatching_ = true; }
        ~Dispatch() { exchange_.dispatching_ = false; }
        Dispatch(const Dispatch&) = delete;
        Dispatch& operator=(const Dispatch&) = delete;

    private:
        Exchange& exchange_;
    };

    // The request.
    Connection* connection = nullptr;
    const Peer* peer = nullptr;
    const HeadParser* head = nullptr;
    const FrontShared* shared = nullptr;
    Method method_asked = Method::kOther;
    Target target_parts;
    std::string scratch;  // of the decoded path
    std::shared_ptr<RouteEntry> entry;
    std::array<std::string_view, kMaxParameters> parameters;
    std::size_t parameter_count = 0;
    std::string body_text;
    Cors::Verdict origin = Cors::Verdict::kNoOrigin;
    std::chrono::steady_clock::time_point started;  // set where the access log is on

    // The response cache.
    enum class CacheState { kNone, kHit, kMiss };
    CacheState cache_state = CacheState::kNone;
    bool filling = false;                    // the handler is run to fill the cache
    std::shared_ptr<Exchange> kept_by_self;  // while a flight holds only a plain pointer

    // The answer.
    Response response;
    std::string tail;  // fields that belong to this answer alone, or its whole head
    std::array<std::string_view, 3> parts;
    std::size_t next_part = 0;
    std::uint64_t file_offset = 0, file_left = 0;
    std::uint64_t sent_bytes = 0;
    int status = 0;
    bool close_after = false;

private:
    const std::shared_ptr<Mailbox> mailbox_;
    bool dispatching_ = false;
    bool answered_ = false;
    std::uint64_t id_ = 0;
    mutable std::array<char, 16> id_text_{};
    mutable std::string client_text_;
    std::unique_ptr<InputBlock> kept_block_;
    std::shared_ptr<const Peer> kept_peer_;
};

}  // namespace gatehouse::http
