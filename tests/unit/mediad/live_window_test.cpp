#define BOOST_TEST_MODULE mediad_live_window
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "breadcrumbs.h"
#include "chunk_writer.h"
#include "stream_record.h"

using namespace gatehouse::mediad;
namespace mp = gatehouse::media_protocol;
using gatehouse::UniqueFd;

namespace {

struct Heard {
    std::vector<mp::Message> all;
    StreamRecord::Emit emit = [this](const mp::Message& m, int) { all.push_back(m); };
    template <class M>
    std::vector<M> of() const {
        std::vector<M> out;
        for (const auto& m : all)
            if (const M* found = std::get_if<M>(&m)) out.push_back(*found);
        return out;
    }
};

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

std::optional<ChunkWriter::Place> append(ChunkWriter& writer, bool key, std::uint32_t ticks, std::string_view text) {
    const std::array<std::span<const std::byte>, 2> parts{bytes(text.substr(0, 1)), bytes(text.substr(1))};
    return writer.append(key, ticks, parts);
}

/// A shard's fragment of one second, in its `chunk`.
mp::Fragment second(std::uint64_t chunk, std::uint32_t size = 1000, std::uint64_t run = 1) {
    mp::Fragment f;
    f.stream_id = "s";
    f.run_id = run;
    f.chunk_id = chunk;
    f.size_bytes = size;
    f.duration = 90'000;
    return f;
}

UniqueFd some_fd() { return UniqueFd(::memfd_create("t", MFD_CLOEXEC)); }

StreamRecord record() {
    mp::UpsertStream wanted;
    wanted.stream_id = "s";
    return StreamRecord(wanted, 1);
}

void begin_run(StreamRecord& r, std::uint64_t id, Heard& heard) {
    mp::RunBegin run;
    run.stream_id = "s";
    run.run_id = id;
    r.take(run, heard.emit);
}

/// A picture whose camera's clock hardly moves.
mp::Fragment moment(std::uint64_t chunk, std::uint64_t run = 1) {
    mp::Fragment f = second(chunk, 600, run);
    f.duration = 1;
    return f;
}

}  // namespace

// A segment lies in one chunk: what does not fit would be seen by nobody.
BOOST_AUTO_TEST_CASE(a_long_group_of_a_large_camera_lies_in_one_chunk) {
    ChunkWriter writer;
    const std::string second_of_16_mbit(2'000'000, 'x');
    const auto first = append(writer, true, 90'000, second_of_16_mbit);
    BOOST_REQUIRE(first);
    for (int i = 1; i < 20; ++i)
        BOOST_TEST(append(writer, false, 90'000, second_of_16_mbit)->chunk_id == first->chunk_id);
    BOOST_TEST(append(writer, true, 90'000, second_of_16_mbit)->chunk_id != first->chunk_id);
}

BOOST_AUTO_TEST_CASE(fragments_are_appended_and_stay_where_they_are) {
    ChunkWriter writer;
    auto first = append(writer, true, 90'000, "hello");
    BOOST_REQUIRE(first && first->new_chunk);
    const auto second_place = append(writer, false, 90'000, "world!");
    BOOST_REQUIRE(second_place);
    BOOST_TEST(!second_place->new_chunk);
    BOOST_TEST(second_place->chunk_id == first->chunk_id);
    BOOST_TEST(second_place->offset_bytes == 5U);
    std::string all(11, ' ');
    BOOST_TEST(::pread(first->new_chunk.get(), all.data(), all.size(), 0) == 11);
    BOOST_TEST(all == "helloworld!");
}

BOOST_AUTO_TEST_CASE(a_chunk_ends_at_the_first_keyframe_after_four_seconds) {
    ChunkWriter writer;
    for (int i = 0; i < 9; ++i) BOOST_TEST(append(writer, i == 0, 90'000, "xx")->chunk_id == 1U);
    BOOST_TEST(append(writer, true, 90'000, "xx")->chunk_id == 2U);
    for (int i = 0; i < 3; ++i) BOOST_TEST(append(writer, true, 90'000, "xx")->chunk_id == 2U);
    BOOST_TEST(append(writer, true, 90'000, "xx")->chunk_id == 3U);
}

BOOST_AUTO_TEST_CASE(a_chunk_ends_after_so_many_fragments_whatever_their_durations) {
    ChunkWriter writer;
    for (std::uint32_t i = 0; i < ChunkWriter::kMaxChunkFragments; ++i)
        BOOST_REQUIRE(append(writer, true, 1, "xx")->chunk_id == 1U);
    BOOST_TEST(append(writer, false, 1, "xx")->chunk_id == 2U);
    BOOST_TEST(append(writer, true, 1, "xx")->chunk_id == 2U);
}

BOOST_AUTO_TEST_CASE(who_gets_a_chunk_can_neither_write_nor_shrink_nor_reopen_it_for_writing) {
    ChunkWriter writer;
    auto place = append(writer, true, 90'000, "hello");
    BOOST_REQUIRE(place && place->new_chunk);
    const int fd = place->new_chunk.get();
    BOOST_TEST(::write(fd, "x", 1) == -1);
    BOOST_TEST(::ftruncate(fd, 0) == -1);
    BOOST_TEST((::fcntl(fd, F_GET_SEALS) & F_SEAL_SHRINK) != 0);
    BOOST_TEST(::mmap(nullptr, 4096, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
    if (::geteuid() != 0) {
        const std::string path = "/proc/self/fd/" + std::to_string(fd);
        BOOST_TEST(::open(path.c_str(), O_RDWR) == -1);
    }
}

BOOST_AUTO_TEST_CASE(a_window_keeps_twenty_seconds_by_whole_chunks) {
    Heard heard;
    StreamRecord r = record();
    begin_run(r, 1, heard);
    for (std::uint64_t i = 0; i < 60; ++i) {
        if (i % 5 == 0) r.take(mp::Chunk{"s", i / 5 + 1}, some_fd(), heard.emit);
        r.take(second(i / 5 + 1), heard.emit);
    }
    const auto gone = heard.of<mp::ChunkGone>();
    BOOST_REQUIRE(gone.size() == 8U);
    for (std::size_t i = 0; i < gone.size(); ++i) BOOST_TEST(gone[i].chunk_id == i + 1);
    BOOST_TEST(r.window_bytes() == 20'000U);
}

BOOST_AUTO_TEST_CASE(a_window_of_big_pictures_is_bounded_by_its_bytes_but_keeps_the_present_chunk) {
    Heard heard;
    StreamRecord r = record();
    begin_run(r, 1, heard);
    for (std::uint64_t chunk = 1; chunk <= 4; ++chunk) {
        r.take(mp::Chunk{"s", chunk}, some_fd(), heard.emit);
        r.take(second(chunk, 7 * 1024 * 1024), heard.emit);
        BOOST_TEST(r.window_bytes() <= StreamRecord::kWindowBytes);
    }
    r.take(mp::Chunk{"s", 5}, some_fd(), heard.emit);
    r.take(second(5, 40 * 1024 * 1024), heard.emit);
    BOOST_TEST(r.window_bytes() == 40U * 1024 * 1024);
}

BOOST_AUTO_TEST_CASE(ids_and_numbers_go_on_when_a_shard_begins_again_with_one) {
    Heard heard;
    StreamRecord r = record();
    for (int life = 0; life < 3; ++life) {
        begin_run(r, 1, heard);
        r.take(mp::Chunk{"s", 1}, some_fd(), heard.emit);
        r.take(second(1), heard.emit);
        r.take(second(1), heard.emit);
        r.shard_lost(77, heard.emit);
    }
    const auto fragments = heard.of<mp::Fragment>();
    BOOST_REQUIRE(fragments.size() == 6U);
    for (std::size_t i = 0; i < fragments.size(); ++i) {
        BOOST_TEST(fragments[i].number == i + 1);
        BOOST_TEST(fragments[i].run_id == i / 2 + 1);
        BOOST_TEST(fragments[i].chunk_id == i / 2 + 1);
    }
    const auto states = heard.of<mp::StreamState>();
    BOOST_CHECK(states.back().cause == mp::Cause::worker_restarted);
    BOOST_CHECK(states.back().phase == mp::StreamPhase::connecting);
}

BOOST_AUTO_TEST_CASE(a_stream_that_was_removed_and_comes_back_gets_ids_that_never_were) {
    mp::UpsertStream wanted;
    wanted.stream_id = "s";
    Heard heard;
    StreamRecords records;
    for (int life = 0; life < 3; ++life) {
        const auto [r, is_new] = records.want(wanted, 1);
        BOOST_TEST(is_new);
        begin_run(r, 1, heard);
        r.take(mp::Chunk{"s", 1}, some_fd(), heard.emit);
        r.take(second(1), heard.emit);
        r.take(second(1), heard.emit);
        BOOST_TEST(records.let_go("s"));
    }
    const auto fragments = heard.of<mp::Fragment>();
    BOOST_REQUIRE(fragments.size() == 6U);
    for (std::size_t i = 1; i < fragments.size(); ++i) BOOST_TEST(fragments[i].number > fragments[i - 1].number);
    const auto runs = heard.of<mp::RunBegin>();
    const auto chunks = heard.of<mp::Chunk>();
    BOOST_REQUIRE((runs.size() == 3U && chunks.size() == 3U));
    for (std::size_t i = 1; i < 3; ++i) {
        BOOST_TEST(runs[i].run_id > runs[i - 1].run_id);
        BOOST_TEST(chunks[i].chunk_id > chunks[i - 1].chunk_id);
    }
}

BOOST_AUTO_TEST_CASE(a_stream_that_comes_back_is_not_confused_by_those_that_went_after_it) {
    Heard heard;
    StreamRecords records;
    mp::UpsertStream wanted;
    const auto live = [&](const std::string& id, int fragments) {
        wanted.stream_id = id;
        StreamRecord& r = records.want(wanted, 1).first;
        begin_run(r, 1, heard);
        r.take(mp::Chunk{id, 1}, some_fd(), heard.emit);
        for (int i = 0; i < fragments; ++i) r.take(second(1), heard.emit);
    };
    live("s", 9);
    records.let_go("s");
    live("short", 1);
    records.let_go("short");
    live("s", 1);
    BOOST_TEST(heard.of<mp::Fragment>().back().number > 9U);
}

BOOST_AUTO_TEST_CASE(a_record_is_there_as_long_as_its_stream_is_wanted) {
    mp::UpsertStream wanted;
    wanted.stream_id = "s";
    StreamRecords records;
    BOOST_TEST(records.find("s") == nullptr);
    BOOST_TEST(!records.let_go("s"));
    const StreamRecord* made = &records.want(wanted, 1).first;
    const auto [again, is_new] = records.want(wanted, 2);
    BOOST_TEST(!is_new);
    BOOST_TEST(&again == made);
    BOOST_TEST(records.find("s") == made);
    BOOST_TEST(records.all().size() == 1U);
    BOOST_TEST(records.let_go("s"));
    BOOST_TEST(records.find("s") == nullptr);
}

BOOST_AUTO_TEST_CASE(what_a_lost_or_changed_pull_still_says_is_ignored) {
    Heard heard;
    StreamRecord r = record();
    begin_run(r, 1, heard);
    r.take(mp::Chunk{"s", 1}, some_fd(), heard.emit);
    r.shard_lost(77, heard.emit);
    r.take(second(1), heard.emit);
    begin_run(r, 1, heard);
    r.take(second(1), heard.emit);  // no chunk yet
    BOOST_TEST(heard.of<mp::Fragment>().empty());
}

BOOST_AUTO_TEST_CASE(a_replay_tells_all_that_the_window_needs_in_the_order_it_is_needed) {
    Heard before;
    StreamRecord r = record();
    for (std::uint64_t run = 1; run <= 30; ++run) {
        begin_run(r, run, before);
        if (run % 4 == 1) r.take(mp::Chunk{"s", run}, some_fd(), before.emit);
        r.take(second(run - (run - 1) % 4, 1000, run), before.emit);
    }
    Heard replay;
    r.replay(replay.emit);
    BOOST_CHECK(std::holds_alternative<mp::StreamState>(replay.all.front()));
    std::set<std::uint64_t> runs;
    std::set<std::uint64_t> chunks;
    for (const auto& m : replay.all) {
        if (const auto* run = std::get_if<mp::RunBegin>(&m)) runs.insert(run->run_id);
        if (const auto* chunk = std::get_if<mp::Chunk>(&m)) chunks.insert(chunk->chunk_id);
        if (const auto* f = std::get_if<mp::Fragment>(&m)) {
            BOOST_TEST(runs.contains(f->run_id));
            BOOST_TEST(chunks.contains(f->chunk_id));
        }
    }
    const auto fragments = replay.of<mp::Fragment>();
    BOOST_TEST(fragments.front().run_id == *runs.begin());
    BOOST_TEST(fragments.back().number == 30U);
    for (std::size_t i = 1; i < fragments.size(); ++i) BOOST_TEST(fragments[i].number == fragments[i - 1].number + 1);
}

BOOST_AUTO_TEST_CASE(a_camera_that_changes_its_parameters_with_every_picture_has_a_bounded_replay) {
    const StreamRecord::Emit nobody = [](const mp::Message&, int) {};
    StreamRecord r = record();
    r.take(mp::Chunk{"s", 1}, some_fd(), nobody);
    for (std::uint64_t i = 1; i <= 2'000; ++i) {
        mp::RunBegin run;
        run.stream_id = "s";
        run.run_id = i;
        run.init_section.resize(16'000);
        r.take(std::move(run), nobody);
        r.take(moment(1, i), nobody);
    }
    BOOST_TEST(r.window_bytes() == 2'000U * 600U + StreamRecord::kMostRuns * 16'000U);
    Heard replay;
    r.replay(replay.emit);
    const auto runs = replay.of<mp::RunBegin>();
    const auto fragments = replay.of<mp::Fragment>();
    BOOST_REQUIRE(runs.size() == StreamRecord::kMostRuns);
    BOOST_REQUIRE(fragments.size() == StreamRecord::kMostRuns);
    for (std::size_t i = 0; i < runs.size(); ++i) BOOST_TEST(fragments[i].run_id == runs[i].run_id);
    BOOST_TEST(runs.back().run_id == 2'000U);
}

BOOST_AUTO_TEST_CASE(the_number_of_fragments_is_bounded_whatever_the_cameras_clock_says) {
    Heard heard;
    StreamRecord r = record();
    begin_run(r, 1, heard);
    for (std::uint64_t i = 0; i < 10'000; ++i) {
        const std::uint64_t chunk = i / ChunkWriter::kMaxChunkFragments + 1;
        if (i % ChunkWriter::kMaxChunkFragments == 0) r.take(mp::Chunk{"s", chunk}, some_fd(), heard.emit);
        r.take(moment(chunk), heard.emit);
    }
    Heard replay;
    r.replay(replay.emit);
    const auto fragments = replay.of<mp::Fragment>();
    BOOST_REQUIRE(!fragments.empty());
    BOOST_TEST(fragments.size() <= StreamRecord::kMostFragments);
    BOOST_TEST(fragments.size() > StreamRecord::kMostFragments / 2);
    BOOST_TEST(fragments.back().number == 10'000U);
    BOOST_TEST(heard.of<mp::Chunk>().size() - heard.of<mp::ChunkGone>().size() == replay.of<mp::Chunk>().size());
}

BOOST_AUTO_TEST_CASE(a_shard_that_never_begins_another_chunk_has_a_bounded_replay_too) {
    Heard heard;
    StreamRecord r = record();
    begin_run(r, 1, heard);
    r.take(mp::Chunk{"s", 1}, some_fd(), heard.emit);
    for (int i = 0; i < 5'000; ++i) r.take(moment(1), heard.emit);
    Heard replay;
    r.replay(replay.emit);
    BOOST_TEST(replay.of<mp::Fragment>().size() == StreamRecord::kMostFragments);
    BOOST_TEST(heard.of<mp::Fragment>().size() == StreamRecord::kMostFragments);
}

BOOST_AUTO_TEST_CASE(the_number_of_chunks_is_bounded_with_and_without_fragments) {
    for (const bool with_fragments : {true, false}) {
        Heard heard;
        StreamRecord r = record();
        begin_run(r, 1, heard);
        for (std::uint64_t chunk = 1; chunk <= 300; ++chunk) {
            r.take(mp::Chunk{"s", chunk}, some_fd(), heard.emit);
            if (with_fragments) r.take(moment(chunk), heard.emit);
        }
        Heard replay;
        r.replay(replay.emit);
        const auto chunks = replay.of<mp::Chunk>();
        BOOST_REQUIRE(chunks.size() == StreamRecord::kMostChunks);
        BOOST_TEST(chunks.back().chunk_id == 300U);
    }
}

BOOST_AUTO_TEST_CASE(the_page_of_breadcrumbs_says_who_is_being_worked_on) {
    BreadcrumbReader reader;
    const UniqueFd theirs = reader.renew().duplicate();
    Breadcrumbs crumbs(theirs);
    const std::set<std::string> streams{"a", "b", "c"};
    BOOST_TEST(reader.suspects(streams).empty());
    {
        const Breadcrumbs::Mark one(crumbs, breadcrumb_hash("a"));
        {
            const Breadcrumbs::Mark two(crumbs, breadcrumb_hash("c"));
            BOOST_CHECK((reader.suspects(streams) == std::set<std::string>{"a", "c"}));
        }
        BOOST_CHECK(reader.suspects(streams) == std::set<std::string>{"a"});
    }
    BOOST_TEST(reader.suspects(streams).empty());
}
