#define BOOST_TEST_MODULE mediad_replay
#include <sys/mman.h>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gatehouse/media_protocol/channel.h>
#include <gatehouse/media_protocol/socket.h>

#include "gateway_link.h"
#include "replay.h"

using namespace gatehouse::mediad;
namespace mp = gatehouse::media_protocol;
using gatehouse::UniqueFd;

namespace {

void tell_nobody(const mp::Message&, int) {}

/// A stream whose replay is as large as one can be.
StreamRecord greatest(const std::string& id) {
    mp::UpsertStream wanted;
    wanted.stream_id = id;
    StreamRecord record(wanted, 1);
    record.take(mp::Chunk{id, 1}, UniqueFd(::memfd_create("t", MFD_CLOEXEC)), tell_nobody);
    std::uint64_t run_id = 0;
    for (std::size_t i = 0; i < StreamRecord::kMostFragments; ++i) {
        if (i == 0 || i + StreamRecord::kMostRuns > StreamRecord::kMostFragments) {
            mp::RunBegin run;
            run.stream_id = id;
            run.run_id = ++run_id;
            run.init_section.resize(mp::kMaxInitSectionBytes);
            record.take(std::move(run), tell_nobody);
        }
        mp::Fragment fragment;
        fragment.stream_id = id;
        fragment.run_id = run_id;
        fragment.chunk_id = 1;
        fragment.size_bytes = 600;
        fragment.duration = 1;
        record.take(std::move(fragment), tell_nobody);
    }
    return record;
}

Replay::Records many_records(int count) {
    Replay::Records records;
    for (int i = 0; i < count; ++i) {
        const std::string id = "camera " + std::to_string(i);
        records.emplace(id, greatest(id));
    }
    return records;
}

struct NoListener final : GatewayLink::Listener {
    void gateway_greeted(const std::string&) override {}
    void wanted(mp::UpsertStream) override {}
    void unwanted(const std::string&) override {}
    std::set<std::string> known_streams() const override { return {}; }
};

/// A turn of the worker's loop.
void turn(GatewayLink& link) {
    std::vector<pollfd> watched;
    link.add_poll(watched);
    ::poll(watched.data(), watched.size(), 0);
    link.handle(watched);
}

/// Reads what is there and counts the fragments of each stream.
void read_all(mp::Channel& gateway, std::map<std::string, std::size_t>& fragments) {
    for (;;) {
        const mp::Channel::Received got = gateway.receive();
        if (got.event != mp::Channel::Event::message) return;
        if (const auto* fragment = std::get_if<mp::Fragment>(&*got.message)) ++fragments[fragment->stream_id];
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_replay_larger_than_the_gateways_queue_is_told_whole_and_the_gateway_stays) {
    const Replay::Records records = many_records(12);  // some 40 MiB
    auto [ours, theirs] = mp::make_pair();
    NoListener listener;
    GatewayLink link(listener, std::move(ours));
    mp::Channel gateway(std::move(theirs));
    BOOST_REQUIRE(gateway.send(mp::Hello{"test"}));
    turn(link);
    Replay replay;
    replay.begin(records);
    std::map<std::string, std::size_t> fragments;
    const auto all_told = [&] {
        return fragments.size() == records.size() &&
               std::all_of(fragments.begin(), fragments.end(),
                           [](const auto& of_stream) { return of_stream.second == StreamRecord::kMostFragments; });
    };
    for (int i = 0; i < 100'000 && !all_told(); ++i) {
        replay.go_on(
            records, [&] { return link.has_room(); },
            [&](const mp::Message& message, int fd) { link.send(message, fd); });
        BOOST_REQUIRE(!link.finished());
        read_all(gateway, fragments);
        turn(link);
    }
    BOOST_TEST(all_told());
}

BOOST_AUTO_TEST_CASE(a_link_without_a_gateway_that_greeted_has_no_room) {
    auto [ours, theirs] = mp::make_pair();
    NoListener listener;
    GatewayLink link(listener, std::move(ours));
    mp::Channel gateway(std::move(theirs));
    BOOST_TEST(!link.has_room());
    BOOST_REQUIRE(gateway.send(mp::Hello{"test"}));
    turn(link);
    BOOST_TEST(link.has_room());
}

BOOST_AUTO_TEST_CASE(a_stream_awaits_its_turn_until_there_is_room) {
    const Replay::Records records = many_records(3);
    Replay replay;
    replay.begin(records);
    std::vector<std::string> told;
    const auto tell = [&](const mp::Message& message, int) {
        if (const auto* state = std::get_if<mp::StreamState>(&message)) told.push_back(state->stream_id);
    };
    replay.go_on(
        records, [&] { return told.empty(); }, tell);
    BOOST_TEST(told == std::vector<std::string>{"camera 0"}, boost::test_tools::per_element());
    BOOST_TEST(!replay.awaits("camera 0"));
    BOOST_TEST(replay.awaits("camera 1"));
    replay.forget("camera 1");
    replay.go_on(
        records, [] { return true; }, tell);
    BOOST_TEST(told == (std::vector<std::string>{"camera 0", "camera 2"}), boost::test_tools::per_element());
    BOOST_TEST(!replay.awaits("camera 2"));
    replay.begin(records);
    BOOST_TEST(replay.awaits("camera 0"));
}
