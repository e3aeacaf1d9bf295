#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gatehouse/error.h>
#include <gatehouse/http.h>

using namespace gatehouse::http;

namespace {

struct RecordingSink : Responder::Sink {
    void send(Response response) override { responses.push_back(std::move(response)); }
    std::string_view request_id() const noexcept override { return "id-1"; }
    std::vector<Response> responses;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(entity)

BOOST_AUTO_TEST_CASE(the_head_is_rendered_once_with_everything_but_the_last_line) {
    Entity::Options options;
    options.etag = "\"x\"";
    options.cache_control = "no-cache";
    options.accept_ranges = true;
    options.headers = {{"X-One", "1"}};
    const auto entity = Entity::make(options, Body::text("{}"));
    BOOST_TEST(
        entity->head() ==
        "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\nETag: \"x\"\r\n"
        "Cache-Control: no-cache\r\nAccept-Ranges: bytes\r\nX-Content-Type-Options: nosniff\r\nX-One: 1\r\n");
}

BOOST_AUTO_TEST_CASE(an_answer_without_content_has_no_length) {
    Entity::Options options;
    options.status = 204;
    BOOST_TEST(Entity::make(options, Body())->head() ==
               "HTTP/1.1 204 No Content\r\nX-Content-Type-Options: nosniff\r\n");
    BOOST_CHECK_THROW(Entity::make(options, Body::text("x")), gatehouse::Error);
}

BOOST_AUTO_TEST_CASE(fields_that_would_split_the_answer_are_refused) {
    const auto with = [](std::string name, std::string value) {
        Entity::Options options;
        options.headers = {{std::move(name), std::move(value)}};
        return Entity::make(options, Body());
    };
    BOOST_CHECK_THROW(with("X", "a\r\nY: b"), gatehouse::Error);
    BOOST_CHECK_THROW(with("X\r\n", "a"), gatehouse::Error);
    BOOST_CHECK_THROW(with("", "a"), gatehouse::Error);
    BOOST_CHECK_THROW(with("content-length", "5"), gatehouse::Error);
    BOOST_CHECK_THROW(with("Connection", "close"), gatehouse::Error);
    BOOST_TEST(with("X", "a\tb")->head().find("X: a\tb\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_body_reads_its_range_and_the_last_holder_closes_it) {
    const int fd = ::memfd_create("body", MFD_CLOEXEC);
    BOOST_REQUIRE(::write(fd, "0123456789", 10) == 10);
    auto file = std::make_shared<const SharedFile>(fd);
    Body body = Body::file(file, 2, 5);
    file.reset();
    BOOST_TEST(body.to_string() == "23456");
    BOOST_TEST(body.size() == 5u);
    BOOST_CHECK_THROW(Body::file(body.file(), 8, 5).to_string(), gatehouse::Error);
    body = Body();
    BOOST_TEST(::fcntl(fd, F_GETFD) == -1);
}

BOOST_AUTO_TEST_CASE(error_json_escapes_whatever_it_is_given) {
    BOOST_TEST(error_json("a \"b\"\\\n\x01", "r") ==
               R"({"success":false,"message":"a \"b\"\\\n\u0001","request_id":"r"})");
    BOOST_TEST(
        error_json("\xc3\xa9 \xff \xe2\x82", "") ==
        "{\"success\":false,\"message\":\"\xc3\xa9 \xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD\",\"request_id\":\"\"}");
}

BOOST_AUTO_TEST_CASE(etags_are_the_first_half_of_sha_256) {
    // SHA-256 of "abc" begins ba7816bf 8f01cfea 414140de 5dae2223 (FIPS 180-4, example).
    BOOST_TEST(etag_of("abc") == "\"ungWv48Bz-pBQUDeXa4iIw\"");
}

BOOST_AUTO_TEST_CASE(a_responder_answers_once_and_not_at_all_is_500) {
    const auto sink = std::make_shared<RecordingSink>();
    {
        Responder responder(sink);
        responder.send(Response::json(200, "{}"));
        responder.send(Response::json(201, "{}"));
        BOOST_TEST(!responder);
    }
    BOOST_TEST(sink->responses.size() == 1u);
    { const Responder dropped(sink); }
    BOOST_REQUIRE(sink->responses.size() == 2u);
    BOOST_TEST(sink->responses[1].entity->options().status == 500);
    Responder failing(sink);
    failing.fail(503, "later");
    BOOST_REQUIRE(sink->responses.size() == 3u);
    BOOST_TEST(sink->responses[2].entity->body().memory() ==
               R"({"success":false,"message":"later","request_id":"id-1"})");
    BOOST_TEST(sink->responses[2].headers.at(0).first == "Retry-After");
}

BOOST_AUTO_TEST_SUITE_END()
