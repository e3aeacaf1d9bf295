// One answer from bytes: Boost.Beast parses, this bounds it and hands the body on.
#pragma once

#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <string>
#include <string_view>

#include <gatehouse/error.h>
#include <gatehouse/http_client.h>

namespace gatehouse::http {

// Not thread-safe. Errors are exceptions: Error(kTooLarge), Error(kBadUpstream), or what on_body threw.
class ResponseParser final : private boost::beast::http::basic_parser<false> {
public:
    static constexpr std::size_t kMaxFields = 100;

    struct Limits {
        std::size_t head_bytes = 0, body_bytes = 0;
    };
    // `head_only`: the answer to HEAD has no body, whatever its fields say.
    ResponseParser(Limits limits, bool head_only, std::function<void(std::string_view)> on_body);

    // How many of the bytes were used; what is left must come again, with more behind it.
    std::size_t feed(std::string_view bytes);
    // The connection has ended with `left` bytes unused. Throws where the answer is not complete.
    void end_of_input(std::size_t left);

    bool done() const noexcept { return is_done(); }
    bool interim() const noexcept { return response_.status < 200; }
    bool keeps_alive() const { return keep_alive(); }
    HttpClientResponse take_response() { return std::move(response_); }

private:
    using error_code = boost::beast::error_code;
    using string_view = boost::beast::string_view;
    using field = boost::beast::http::field;
    void on_request_impl(boost::beast::http::verb, string_view, string_view, int, error_code&) override {}
    void on_response_impl(int code, string_view reason, int version, error_code& ec) override;
    void on_field_impl(field id, string_view name, string_view value, error_code& ec) override;
    void on_header_impl(error_code& ec) override { ec = {}; }
    void on_body_init_impl(boost::optional<std::uint64_t> const& length, error_code& ec) override;
    std::size_t on_body_impl(string_view body, error_code& ec) override { return take(body, ec); }
    void on_chunk_header_impl(std::uint64_t size, string_view extensions, error_code& ec) override;
    std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code& ec) override { return take(body, ec); }
    void on_finish_impl(error_code& ec) override { ec = {}; }

    std::size_t take(string_view body, error_code& ec);
    void refuse(std::exception_ptr why, error_code& ec);
    void too_large(const char* what, error_code& ec);

    const Limits limits_;
    const std::function<void(std::string_view)> on_body_;
    HttpClientResponse response_;
    std::size_t body_bytes_ = 0;
    std::exception_ptr failure_;
};

}  // namespace gatehouse::http
