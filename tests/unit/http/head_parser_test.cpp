#include <boost/test/unit_test.hpp>

#include "http/head_parser.h"

using namespace gatehouse::http;

namespace {

struct Parsed {
    explicit Parsed(std::string text) : head(std::move(text)), ok(parser.parse_head(head)) {}
    int status() const { return parser.failure() ? parser.failure()->status : 0; }
    const std::string head;
    FieldStore fields;
    HeadParser parser{fields};
    const bool ok;
};

int status_of(const std::string& fields, const std::string& line = "GET / HTTP/1.1") {
    return Parsed(line + "\r\n" + fields + "\r\n").status();
}

struct BodyRead {
    std::string text;
    std::size_t used = 0;
    bool done = false;
    int status = 0;
};

// Feeds the body in pieces of `step` bytes, as a loop does: what was not consumed comes again with what follows.
BodyRead read_body(const std::string& fields, const std::string& body, std::size_t limit, std::size_t step) {
    Parsed request("POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
    BOOST_REQUIRE(request.ok);
    BodyRead read;
    std::string pending;
    for (std::size_t at = 0; at < body.size() && !request.parser.body_done() && !request.parser.failure(); at += step) {
        pending += body.substr(at, step);
        const std::size_t used = request.parser.parse_body(pending, read.text, limit);
        pending.erase(0, used);
        read.used += used;
    }
    read.done = request.parser.body_done();
    read.status = request.status();
    return read;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(head_parser)

BOOST_AUTO_TEST_CASE(a_request_is_taken_apart_without_copies) {
    const Parsed request("GET /a?b HTTP/1.1\r\nHost: gate:3000\r\nX-Some: \t value \r\naccept:x\r\n\r\n");
    BOOST_REQUIRE(request.ok);
    BOOST_TEST((request.parser.method() == Method::kGet));
    BOOST_TEST(request.parser.target() == "/a?b");
    BOOST_TEST(request.parser.host() == "gate:3000");
    BOOST_TEST(request.parser.header("x-some") == "value");
    BOOST_TEST(request.parser.header(beast_http::field::accept) == "x");
    BOOST_TEST(request.parser.header("absent").empty());
    BOOST_TEST(request.parser.keeps_alive());
    BOOST_TEST(!request.parser.expects_body());
    const char* target = request.parser.target().data();
    BOOST_TEST((target > request.head.data() && target < request.head.data() + request.head.size()));
}

BOOST_AUTO_TEST_CASE(connection_and_version_decide_over_keep_alive) {
    BOOST_TEST(!Parsed("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n").parser.keeps_alive());
    BOOST_TEST(!Parsed("GET / HTTP/1.0\r\n\r\n").parser.keeps_alive());
    BOOST_TEST(Parsed("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").parser.keeps_alive());
}

BOOST_AUTO_TEST_CASE(host_is_needed_once_in_http_1_1) {
    BOOST_TEST(status_of("") == 400);
    BOOST_TEST(status_of("Host: a\r\nHost: a\r\n") == 400);
    BOOST_TEST(status_of("Host: a b\r\n") == 400);
    BOOST_TEST(status_of("Host: a/b\r\n") == 400);
    BOOST_TEST(status_of("Host: a@b\r\n") == 400);
    BOOST_TEST(status_of("Host:\r\n") == 0);
    BOOST_TEST(status_of("Host: [::1]:3000\r\n") == 0);
    BOOST_TEST(status_of("", "GET / HTTP/1.0") == 0);
}

BOOST_AUTO_TEST_CASE(contradicting_lengths_are_refused) {
    const std::string host = "Host: a\r\n";
    for (const char* fields :
         {"Content-Length: 5\r\nContent-Length: 5\r\n", "Content-Length: 5, 5\r\n", "Content-Length: +5\r\n",
          "Content-Length: -1\r\n", "Content-Length: 0x5\r\n", "Content-Length: 5 5\r\n", "Content-Length:\r\n",
          "Content-Length: 99999999999999999999\r\n", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "Content-Length : 5\r\n"})
        BOOST_TEST(status_of(host + fields) == 400, fields);
    for (const char* fields :
         {"Transfer-Encoding: gzip\r\n", "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: xchunked\r\n",
          "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding: \"chunked\"\r\n"})
        BOOST_TEST(status_of(host + fields) == 501, fields);
    BOOST_TEST(status_of("Transfer-Encoding: chunked\r\n", "POST / HTTP/1.0") == 400);
    BOOST_TEST(status_of(host + "Transfer-Encoding: Chunked\r\n") == 0);
}

BOOST_AUTO_TEST_CASE(malformed_heads_are_refused) {
    const std::string host = "Host: a\r\n";
    for (const char* fields : {"X: a\r\n b\r\n", "X : a\r\n", " X: a\r\n", ": a\r\n", "X\r\n", "X: a\x01\r\n",
                               "X: a\x7f\r\n", "X: a\rb\r\n", "X(: a\r\n"})
        BOOST_TEST(status_of(host + fields) == 400, fields);
    for (const char* line : {"GET /", "GET  / HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1", "GET / http/1.1",
                             "G@T / HTTP/1.1", "GET", "/ HTTP/1.1"})
        BOOST_TEST(status_of(host, line) != 0, line);
    BOOST_TEST(status_of(host, "GET / HTTP/2.0") == 505);
    BOOST_TEST(status_of(host + std::string("X: a\0b\r\n", 8)) == 400);
    BOOST_TEST(status_of(host + "Expect: something\r\n") == 417);
}

BOOST_AUTO_TEST_CASE(too_many_fields_are_refused) {
    std::string fields = "Host: a\r\n";
    for (int i = 0; i < 99; ++i) fields += "X: y\r\n";
    BOOST_TEST(status_of(fields) == 0);
    BOOST_TEST(status_of(fields + "X: y\r\n") == 431);
}

BOOST_AUTO_TEST_CASE(bodies_are_read_however_they_are_cut) {
    const std::string chunked = "4\r\nwiki\r\n5;ext=1\r\npedia\r\n0\r\nX-Trailer: y\r\n\r\n";
    for (const std::size_t step : {1u, 2u, 3u, 7u, 100u}) {
        const BodyRead plain = read_body("Content-Length: 9\r\n", "wikipediaGET", 100, step);
        BOOST_TEST(plain.done);
        BOOST_TEST(plain.text == "wikipedia");
        BOOST_TEST(plain.used == 9u);
        const BodyRead pieces = read_body("Transfer-Encoding: chunked\r\n", chunked + "GET", 100, step);
        BOOST_TEST(pieces.done);
        BOOST_TEST(pieces.text == "wikipedia");
        BOOST_TEST(pieces.used == chunked.size());
    }
}

BOOST_AUTO_TEST_CASE(an_empty_chunked_body_may_come_in_any_pieces) {
    for (const std::size_t step : {1u, 2u, 3u, 4u, 5u, 6u}) {
        const BodyRead read = read_body("Transfer-Encoding: chunked\r\n", "0\r\n\r\nG", 100, step);
        BOOST_TEST(read.done);
        BOOST_TEST(read.used == 5u);
    }
}

BOOST_AUTO_TEST_CASE(bodies_beyond_the_limit_and_broken_chunks_are_refused) {
    BOOST_TEST(read_body("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n", 9, 100).status ==
               413);
    BOOST_TEST(read_body("Transfer-Encoding: chunked\r\n", "ffffffffffffffff\r\nx", 9, 100).status == 413);
    for (const char* body : {"xyz\r\n", "-1\r\nx", "5\r\nhelloXX0\r\n\r\n", "11111111111111111\r\n",
                             "0\r\nX Y: z\r\n\r\n", "5 \x01\r\nhello"})
        BOOST_TEST(read_body("Transfer-Encoding: chunked\r\n", body, 100, 100).status == 400, body);
}

BOOST_AUTO_TEST_CASE(trailers_do_not_become_fields) {
    Parsed request("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    std::string body;
    request.parser.parse_body("0\r\nX-Forwarded-For: 127.0.0.1\r\nHost: b\r\n\r\n", body, 10);
    BOOST_TEST(request.parser.body_done());
    BOOST_TEST(request.parser.header("X-Forwarded-For").empty());
    BOOST_TEST(request.parser.host() == "a");
}

BOOST_AUTO_TEST_CASE(hopeless_bytes_are_told_from_the_beginning_of_a_head) {
    BOOST_TEST(!hopeless("GET / HT"));
    BOOST_TEST(!hopeless("GET / HTTP/1.1\r\nA: b\tc\r"));
    BOOST_TEST(hopeless("GET / HTTP/1.1\nHost: a\n\n"));
    BOOST_TEST(hopeless(std::string_view("\x16\x03\x01\x02", 4)));
    BOOST_TEST(hopeless(std::string_view("GET\0", 4)));
    BOOST_TEST(hopeless("a\rb"));
    BOOST_TEST(!hopeless("a\r\nb", 3));
    BOOST_TEST(hopeless("ab\n", 2));
    BOOST_TEST(hopeless("a\rb", 2));
}

BOOST_AUTO_TEST_SUITE_END()
