#include "fixture.h"

using namespace gatehouse;

namespace {

Server::React answering(std::vector<std::string> pieces) {
    return [pieces = std::move(pieces)](int, int, const std::string&) { return Reaction{pieces, true, false}; };
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(hostile_servers, ClientFixture)

BOOST_AUTO_TEST_CASE(answers_that_make_no_sense_are_errors) {
    for (const std::string bytes :
         {"", "garbage\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 99999 X\r\n\r\n", "HTTP/1.1 000 X\r\n\r\n",
          "HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
          "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n", "HTTP/1.1 200 OK\r\nBroken\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc\r\n"}) {
        Server server(answering({bytes}));
        const Result result = get(server);
        BOOST_TEST_CONTEXT(bytes) {
            BOOST_TEST((result.error == ErrorCode::kBadUpstream || result.error == ErrorCode::kTooLarge));
            BOOST_TEST(result.response.status == 0);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_truncated_body_is_an_error) {
    for (const std::string bytes : {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
                                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
                                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n",
                                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nhalf"}) {
        Server server(answering({bytes}));
        BOOST_TEST_CONTEXT(bytes) BOOST_TEST((get(server).error == ErrorCode::kBadUpstream));
    }
}

BOOST_AUTO_TEST_CASE(a_body_beyond_the_limit_is_an_error_however_it_is_framed) {
    const std::string large(5'000, 'x');
    for (const std::string& bytes :
         {sized(large), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n" + large + "\r\n0\r\n\r\n",
          "HTTP/1.1 200 OK\r\n\r\n" + large}) {
        Server server(answering({bytes}));
        auto request = to(server);
        request.body_limit_bytes = 4'999;
        BOOST_TEST((get(request).error == ErrorCode::kTooLarge));
        request.body_limit_bytes = 5'000;
        BOOST_TEST(get(request).response.body == large);
    }
}

BOOST_AUTO_TEST_CASE(a_chunks_line_or_trailers_without_end_are_cut_off) {
    const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", endless(400'000, 'a');
    for (const std::string& bytes : {head + "1;" + endless, head + "1\r\nx\r\n0\r\nX: " + endless}) {
        Server server(answering({bytes}));
        BOOST_TEST((get(server).error == ErrorCode::kTooLarge));
    }
}

BOOST_AUTO_TEST_CASE(a_head_without_end_is_cut_off) {
    std::string head = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 5'000; ++i) head += "X-" + std::to_string(i) + ": " + std::string(50, 'y') + "\r\n";
    Server server(answering({head}));
    BOOST_TEST((get(server).error == ErrorCode::kTooLarge));
    Server line(answering({"HTTP/1.1 200 " + std::string(300'000, 'z')}));
    BOOST_TEST((get(line).error == ErrorCode::kTooLarge));
    std::string many = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 101; ++i) many += "A: b\r\n";
    Server fields(answering({many + "\r\n"}));
    BOOST_TEST((get(fields).error == ErrorCode::kTooLarge));
}

BOOST_AUTO_TEST_CASE(a_server_that_never_answers_meets_the_deadline) {
    Server server([](int, int, const std::string&) { return Reaction{{}, false, true}; });
    auto request = to(server);
    request.deadline = 100ms;
    BOOST_TEST((get(std::move(request)).error == ErrorCode::kUpstreamTimeout));
}

BOOST_AUTO_TEST_CASE(a_server_that_stops_within_the_body_meets_the_deadline) {
    Server server([](int, int, const std::string&) {
        return Reaction{{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"}, false, true};
    });
    auto request = to(server);
    request.deadline = 200ms;
    BOOST_TEST((get(std::move(request)).error == ErrorCode::kUpstreamTimeout));
}

BOOST_AUTO_TEST_CASE(bytes_behind_an_answer_spoil_the_connection_only) {
    Server server([](int, int, const std::string&) {
        return Reaction{{sized("x") + "HTTP/1.1 200 OK\r\n"}, false, false};
    });
    BOOST_TEST(get(server).response.body == "x");
    BOOST_TEST(get(server).response.body == "x");
    BOOST_TEST(server.connections() == 2);
}

BOOST_AUTO_TEST_CASE(interim_answers_without_end_are_an_error) {
    std::string bytes;
    for (int i = 0; i < 100; ++i) bytes += "HTTP/1.1 100 Continue\r\n\r\n";
    Server server(answering({bytes}));
    BOOST_TEST((get(server).error == ErrorCode::kBadUpstream));
}

BOOST_AUTO_TEST_CASE(nobody_at_the_port_is_an_error_at_once) {
    std::uint16_t port = 0;
    { port = Server(answering({""})).port(); }
    HttpClientRequest request;
    request.host = "127.0.0.1";
    request.port = port;
    BOOST_TEST((get(std::move(request)).error == ErrorCode::kUnreachable));
}

BOOST_AUTO_TEST_CASE(what_the_receiver_of_pieces_throws_ends_the_call) {
    Server server(answering({sized("hello")}));
    auto request = to(server);
    request.on_body = [](std::string_view) { throw std::runtime_error("no room"); };
    const Result result = get(std::move(request));
    BOOST_TEST(result.text == "no room");
    BOOST_TEST(result.response.status == 0);
}

BOOST_AUTO_TEST_CASE(requests_that_could_smuggle_are_not_sent) {
    Server server([](int, int, const std::string&) -> Reaction { throw std::logic_error("asked"); });
    const auto refused = [&](auto change) {
        auto request = to(server);
        change(request);
        return get(std::move(request)).error == ErrorCode::kInvalidArgument;
    };
    BOOST_TEST(refused([](auto& r) { r.target = "/a b"; }));
    BOOST_TEST(refused([](auto& r) { r.target = "a"; }));
    BOOST_TEST(refused([](auto& r) { r.target = "/\r\nX: y"; }));
    BOOST_TEST(refused([](auto& r) { r.host = "a b"; }));
    BOOST_TEST(refused([](auto& r) { r.host = ""; }));
    BOOST_TEST(refused([](auto& r) { r.headers = {{"A", "b\r\nC: d"}}; }));
    BOOST_TEST(refused([](auto& r) { r.headers = {{"A b", "c"}}; }));
    BOOST_TEST(refused([](auto& r) { r.headers = {{"host", "c"}}; }));
    BOOST_TEST(refused([](auto& r) { r.headers = {{"Transfer-Encoding", "chunked"}}; }));
    BOOST_TEST(server.connections() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
