#define BOOST_TEST_MODULE http_client
#include "fixture.h"

using namespace gatehouse;

BOOST_FIXTURE_TEST_SUITE(client, ClientFixture)

BOOST_AUTO_TEST_CASE(an_answer_comes_with_status_fields_and_body) {
    std::string seen;
    Server server([&](int, int, const std::string& head) {
        seen = head;
        return Reaction{{sized("hello", "X-Colour: blue\r\n")}, false, false};
    });
    auto request = to(server, "/a/b?c=d");
    request.headers = {{"Authorization", "Bearer secret"}};
    const Result result = get(std::move(request));
    BOOST_TEST(!result.error);
    BOOST_TEST(result.response.status == 200);
    BOOST_TEST(result.response.body == "hello");
    BOOST_TEST(result.response.header("x-colour") == "blue");
    BOOST_TEST(result.response.header("absent").empty());
    BOOST_TEST(seen.starts_with("GET /a/b?c=d HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"));
    BOOST_TEST(seen.find("Authorization: Bearer secret\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_connection_serves_one_request_after_the_other) {
    Server server([](int, int, const std::string&) { return Reaction{{sized("x")}, false, false}; });
    for (int i = 0; i < 20; ++i) BOOST_TEST(get(server).response.body == "x");
    BOOST_TEST(server.connections() == 1);
}

BOOST_AUTO_TEST_CASE(chunks_are_decoded_and_handed_over_as_they_arrive) {
    std::atomic<bool> first_arrived{false};
    Server server([&](int, int, const std::string&) {
        return Reaction{{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r", "\n6;x=y\r\n world\r\n",
                         "0", "\r\n\r\n"},
                        false,
                        false};
    });
    auto request = to(server);
    std::string pieces;
    request.on_body = [&](std::string_view piece) { pieces += piece; };
    const Result result = get(std::move(request));
    BOOST_TEST(!result.error);
    BOOST_TEST(pieces == "hello world");
    BOOST_TEST(result.response.body.empty());
    BOOST_TEST(get(server).response.body == "hello world");
    BOOST_TEST(server.connections() == 1);
}

BOOST_AUTO_TEST_CASE(a_piece_is_handed_over_before_the_answer_is_complete) {
    Server server([](int, int, const std::string&) {
        return Reaction{{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst"}, false, true};
    });
    Results results;
    std::promise<std::string> piece;
    auto request = to(server);
    request.on_body = [&](std::string_view bytes) { piece.set_value(std::string(bytes)); };
    const HttpCall call = client.send(std::move(request), results.take());
    auto future = piece.get_future();
    BOOST_REQUIRE(future.wait_for(20s) == std::future_status::ready);
    BOOST_TEST(future.get() == "first");
    call.cancel();
    BOOST_TEST((results.wait(1).front().error == ErrorCode::kUnavailable));
}

BOOST_AUTO_TEST_CASE(the_body_of_an_error_is_not_mistaken_for_the_file) {
    Server server([](int, int, const std::string&) {
        return Reaction{{"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone"}, false, false};
    });
    auto request = to(server);
    request.on_body = [](std::string_view) { BOOST_ERROR("called"); };
    const Result result = get(std::move(request));
    BOOST_TEST(result.response.status == 404);
    BOOST_TEST(result.response.body == "gone");
}

BOOST_AUTO_TEST_CASE(a_body_without_a_length_ends_with_the_connection) {
    Server server([](int, int, const std::string&) {
        return Reaction{{"HTTP/1.0 200 OK\r\n\r\nold ", "school"}, true, false};
    });
    BOOST_TEST(get(server).response.body == "old school");
}

BOOST_AUTO_TEST_CASE(interim_answers_are_skipped) {
    Server server([](int, int, const std::string&) {
        return Reaction{
            {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + sized("late")}, false, false};
    });
    const Result result = get(server);
    BOOST_TEST(result.response.status == 200);
    BOOST_TEST(result.response.body == "late");
    BOOST_TEST(result.response.header("Link").empty());
}

BOOST_AUTO_TEST_CASE(an_answer_to_head_has_no_body) {
    Server server([](int, int, const std::string&) {
        return Reaction{{"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"}, false, false};
    });
    auto request = to(server);
    request.method = http::Method::kHead;
    BOOST_TEST(!get(request).error);
    BOOST_TEST(!get(request).error);
    BOOST_TEST(server.connections() == 1);
}

BOOST_AUTO_TEST_CASE(a_kept_connection_that_was_closed_meanwhile_is_not_noticed_by_the_caller) {
    // Every connection answers once and closes when it is used again, which is later than the client can see
    // beforehand.
    Server server([](int, int request, const std::string&) {
        return request == 1 ? Reaction{{sized("x")}, false, false} : Reaction{{}, true, false};
    });
    for (int i = 0; i < 3; ++i) BOOST_TEST(get(server).response.body == "x");
    BOOST_TEST(server.connections() == 3);
}

BOOST_AUTO_TEST_CASE(a_request_that_changes_something_is_never_repeated) {
    Server server([](int, int request, const std::string&) {
        return request == 1 ? Reaction{{sized("x")}, false, false} : Reaction{{}, true, false};
    });
    BOOST_TEST(!get(server).error);
    auto request = to(server);
    request.method = http::Method::kPost;
    BOOST_TEST((get(std::move(request)).error == ErrorCode::kBadUpstream));
    BOOST_TEST(server.connections() == 1);
}

BOOST_AUTO_TEST_CASE(a_server_that_says_close_is_asked_over_a_new_connection) {
    Server server([](int, int, const std::string&) {
        return Reaction{{sized("x", "Connection: close\r\n")}, true, false};
    });
    BOOST_TEST(get(server).response.body == "x");
    BOOST_TEST(get(server).response.body == "x");
    BOOST_TEST(server.connections() == 2);
}

BOOST_AUTO_TEST_CASE(calls_beyond_the_bound_wait_for_their_turn) {
    Server server([](int, int, const std::string&) { return Reaction{{sized("x")}, false, false}; });
    http::ClientOptions options;
    options.connections_per_origin = 2;
    options.waiting_per_origin = 100;
    http::Client narrow(options, metrics, Poco::Logger::get("test"));
    Results results;
    for (int i = 0; i < 60; ++i) narrow.send(to(server), results.take());
    for (const auto& result : results.wait(60)) BOOST_TEST(result.response.body == "x");
    BOOST_TEST(server.most_at_once() <= 2);
}

BOOST_AUTO_TEST_CASE(a_queue_that_is_full_refuses) {
    Server server([](int, int, const std::string&) { return Reaction{{}, false, true}; });
    http::ClientOptions options;
    options.connections_per_origin = 1;
    options.waiting_per_origin = 2;
    http::Client narrow(options, metrics, Poco::Logger::get("test"));
    Results results;
    for (int i = 0; i < 4; ++i) narrow.send(to(server), results.take());
    BOOST_TEST((results.wait(1).front().error == ErrorCode::kUnavailable));
    narrow.stop();
    BOOST_TEST(results.wait(4).size() == 4u);
}

BOOST_AUTO_TEST_CASE(stopping_ends_every_call_and_refuses_new_ones) {
    Server server([](int, int, const std::string&) { return Reaction{{}, false, true}; });
    Results results;
    for (int i = 0; i < 5; ++i) client.send(to(server), results.take());
    client.stop();
    BOOST_CHECK_THROW(client.send(to(server), results.take()), Error);
    for (const auto& result : results.wait(5)) BOOST_TEST((result.error == ErrorCode::kUnavailable));
}

BOOST_AUTO_TEST_CASE(a_name_is_resolved) {
    Server server([](int, int, const std::string&) { return Reaction{{sized("x")}, false, false}; });
    auto request = to(server);
    request.host = "localhost";
    BOOST_TEST(get(request).response.body == "x");
}

BOOST_AUTO_TEST_SUITE_END()
