// One request from bytes: Boost.Beast parses, this keeps views instead of copies and is stricter where smuggling lurks.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <gatehouse/http.h>

namespace gatehouse::http {

namespace beast_http = boost::beast::http;

inline constexpr std::size_t kMaxFields = 100;

struct Field {
    std::string_view name, value;
    beast_http::field id = beast_http::field::unknown;
};

using FieldStore = std::array<Field, kMaxFields>;

// What the client gets for bytes that are no acceptable request.
struct ParseFailure {
    int status = 400;
    const char* message = "";
};

// Where the head ends ("\r\n\r\n" included), looking from `from` on; 0 where it is not complete.
std::size_t find_head_end(std::string_view bytes, std::size_t from) noexcept;
// Bytes that can never become a request: control characters, bare line feeds, a binary protocol. For incomplete heads.
// `from`: bytes before it have been found well.
bool hopeless(std::string_view bytes, std::size_t from = 0) noexcept;

// Not thread-safe. Views point into the bytes given to parse_head, which must stay.
class HeadParser final : private beast_http::basic_parser<true> {
public:
    explicit HeadParser(FieldStore& fields) : fields_(fields) {}

    // `head` is one complete head. False: failure() says why.
    bool parse_head(std::string_view head);
    // Feeds body bytes, decoding chunks, into `out` up to `limit` in all. Returns how many were consumed; body_done()
    // or failure() may have become true.
    std::size_t parse_body(std::string_view bytes, std::string& out, std::size_t limit);

    // A chunk's header that does not end.
    void refuse_body() noexcept { failure_ = ParseFailure{400, "The chunked body is malformed"}; }

    const std::optional<ParseFailure>& failure() const noexcept { return failure_; }
    bool body_done() const noexcept { return is_done(); }
    bool expects_body() const noexcept { return !is_done(); }
    // 0 for a chunked body.
    std::uint64_t declared_length() const noexcept { return declared_length_; }
    bool keeps_alive() const { return keep_alive(); }
    bool http_1_0() const noexcept { return version_ == 10; }
    bool expects_continue() const noexcept { return expects_continue_; }

    Method method() const noexcept { return method_; }
    std::string_view target() const noexcept { return target_; }
    std::string_view host() const noexcept { return host_; }
    std::string_view header(std::string_view name) const noexcept;
    std::string_view header(beast_http::field id) const noexcept;
    std::size_t field_count() const noexcept { return count_; }
    const Field& field(std::size_t n) const noexcept { return fields_[n]; }

private:
    using error_code = boost::beast::error_code;
    using string_view = boost::beast::string_view;
    void on_request_impl(beast_http::verb verb, string_view method, string_view target, int version,
                         error_code& ec) override;
    void on_response_impl(int, string_view, int, error_code&) override {}
    void on_field_impl(beast_http::field id, string_view name, string_view value, error_code& ec) override;
    void on_header_impl(error_code& ec) override;
    void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code& ec) override { ec = {}; }
    std::size_t on_body_impl(string_view body, error_code& ec) override { return take(body, ec); }
    void on_chunk_header_impl(std::uint64_t size, string_view extensions, error_code& ec) override;
    std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code& ec) override { return take(body, ec); }
    void on_finish_impl(error_code& ec) override { ec = {}; }

    std::size_t take(string_view body, error_code& ec);
    void refuse(int status, const char* message, error_code& ec);
    bool check_framing(const Field& field, error_code& ec);
    bool check_host(error_code& ec);

    FieldStore& fields_;
    std::size_t count_ = 0;
    std::optional<ParseFailure> failure_;
    std::string_view head_;
    std::string_view target_, host_;
    Method method_ = Method::kOther;
    int version_ = 11;
    unsigned hosts_ = 0, lengths_ = 0, encodings_ = 0;
    bool expects_continue_ = false;
    std::uint64_t declared_length_ = 0;
    std::string* body_out_ = nullptr;
    std::size_t body_limit_bytes_ = 0;
};

}  // namespace gatehouse::http
