// Files of an engine that does not hand over its bytes.
#include <boost/test/unit_test.hpp>

#include <fcntl.h>

#include "hosted.h"
#include "origin.h"

using namespace gatehouse;
using namespace gatehouse::hls;

namespace {

struct Fixture : test::Hosted {
    std::shared_ptr<testing::FakeEngine> engine = std::make_shared<testing::FakeEngine>();
    Origin origin{*caches, engine, 64u << 20};
    Camera camera = testing::make_camera(1);
    PublishedFile file{nullptr, 5, 41, 77, 78};

    testing::FakeAnswer ask() {
        testing::FakeAnswer answer;
        origin.answer(camera, StreamRole::kMain, file, "id", answer.responder());
        return answer;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(origin, Fixture)

BOOST_AUTO_TEST_CASE(many_viewers_cost_one_fetch_and_get_the_same_object) {
    std::vector<testing::FakeAnswer> answers;
    for (int i = 0; i < 200; ++i) answers.push_back(ask());
    BOOST_TEST(engine->fetches() == 1);
    BOOST_TEST(!answers[0].came());
    auto fetches = engine->take_fetches();
    BOOST_REQUIRE(fetches.size() == 1u);
    BOOST_TEST(fetches[0].camera_uuid == camera.uuid);
    BOOST_TEST(fetches[0].run_id == 5u);
    BOOST_TEST(fetches[0].segment_number == 41u);
    fetches[0].done(http::Body::text(std::string(500'000, 's')), nullptr);
    const auto entity = answers[0].wait().entity;
    for (const auto& answer : answers) BOOST_TEST(answer.wait().entity == entity);
    BOOST_TEST(ask().wait().entity == entity);
    BOOST_TEST(engine->fetches() == 1);
    BOOST_TEST(entity->body().size() == 500'000u);
    BOOST_TEST(entity->options().content_type == "video/mp4");
}

BOOST_AUTO_TEST_CASE(large_bodies_are_kept_in_a_sealed_memfd) {
    const auto body = into_memfd(http::Body::text(std::string(100'000, 'x')));
    BOOST_REQUIRE(body.is_file());
    BOOST_TEST(body.to_string() == std::string(100'000, 'x'));
    BOOST_TEST((::fcntl(body.file()->fd(), F_GET_SEALS) & (F_SEAL_SHRINK | F_SEAL_WRITE)) ==
               (F_SEAL_SHRINK | F_SEAL_WRITE));
    BOOST_TEST(!into_memfd(http::Body::text("small")).is_file());
}

BOOST_AUTO_TEST_CASE(a_failure_is_told_to_all_and_remembered_for_two_seconds) {
    auto first = ask(), second = ask();
    engine->take_fetches().at(0).done({}, std::make_exception_ptr(Error(ErrorCode::kUpstreamTimeout, "slow")));
    BOOST_TEST(first.status() == 504);
    BOOST_TEST(second.status() == 504);
    BOOST_TEST(testing::header_of(first.wait(), "Retry-After") == "2");
    BOOST_TEST(ask().status() == 504);
    BOOST_TEST(engine->fetches() == 1);
    context.fake_clock.advance(std::chrono::seconds(3));
    const auto third = ask();
    BOOST_TEST(engine->fetches() == 2);
    engine->take_fetches().at(0).done(http::Body::text("bytes"), nullptr);
    BOOST_TEST(third.status() == 200);
}

BOOST_AUTO_TEST_CASE(failures_are_mapped_and_tell_nothing_of_the_engine) {
    const auto status_of = [&](std::exception_ptr failure) {
        file.number += 1;
        const auto answer = ask();
        engine->take_fetches().at(0).done({}, failure);
        BOOST_TEST(answer.text().find("secret") == std::string::npos);
        return answer.status();
    };
    BOOST_TEST(status_of(std::make_exception_ptr(Error(ErrorCode::kNotFound, "secret"))) == 404);
    BOOST_TEST(status_of(std::make_exception_ptr(Error(ErrorCode::kUnavailable, "secret"))) == 503);
    BOOST_TEST(status_of(std::make_exception_ptr(std::runtime_error("secret"))) == 502);
    BOOST_TEST(status_of(nullptr) == 502);  // no failure and no bytes
}

BOOST_AUTO_TEST_CASE(what_was_fetched_for_a_restricted_camera_is_not_shared_with_public_answers) {
    ask();
    engine->take_fetches().at(0).done(http::Body::text("bytes"), nullptr);
    camera.visibility = Visibility::kArea;
    const auto restricted = ask();
    BOOST_REQUIRE(engine->fetches() == 2);
    engine->take_fetches().at(0).done(http::Body::text("bytes"), nullptr);
    BOOST_TEST(restricted.wait().entity->options().cache_control.starts_with("private"));
}

BOOST_AUTO_TEST_SUITE_END()
