#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "sequence_file.h"

using namespace gatehouse;
using namespace gatehouse::hls;

namespace {

constexpr UtcTime kNow{1'767'225'600'000'000};

struct Directory {
    Directory() {
        char pattern[] = "/tmp/hls-sequences-XXXXXX";
        path = ::mkdtemp(pattern);
    }
    ~Directory() { std::filesystem::remove_all(path); }
    std::string file() const { return path + "/hls-sequences"; }
    std::string path;
};

SequenceState state_with(std::uint64_t next) {
    SequenceState state;
    state.epoch = 4;
    state.next_media_sequence = next;
    state.used = 1;
    return state;
}

std::string slurp(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sequence_file)

BOOST_FIXTURE_TEST_CASE(a_state_is_there_for_the_next_process, Directory) {
    {
        SequenceFile first(file());
        BOOST_TEST(!first.load("a/main").has_value());
        first.store("a/main", state_with(7), kNow);
        first.store("a/sub", state_with(9), kNow);
        first.store("a/main", state_with(8), kNow);
    }
    SequenceFile second(file());
    BOOST_TEST(second.streams() == 2u);
    BOOST_TEST(second.load("a/main")->next_media_sequence == 8u);
    BOOST_TEST(second.load("a/sub")->next_media_sequence == 9u);
}

BOOST_FIXTURE_TEST_CASE(a_store_that_was_torn_anywhere_leaves_the_state_before_it, Directory) {
    {
        SequenceFile writer(file());
        writer.store("a/main", state_with(7), kNow);
    }
    const std::string before = slurp(file());
    {
        SequenceFile writer(file());
        writer.store("a/main", state_with(8), kNow);
    }
    const std::string after = slurp(file());
    std::size_t begin = 0, end = 0;  // the bytes that the second store wrote
    while (begin < before.size() && before[begin] == after[begin]) ++begin;
    for (std::size_t i = begin; i < before.size(); ++i)
        if (before[i] != after[i]) end = i + 1;
    BOOST_REQUIRE(end > begin);
    for (std::size_t cut = begin; cut < end; cut += 3) {
        std::string torn = before;
        torn.replace(begin, cut - begin, after, begin, cut - begin);
        std::ofstream(file(), std::ios::binary) << torn;
        SequenceFile reader(file());
        const auto state = reader.load("a/main");
        BOOST_REQUIRE(state.has_value());
        BOOST_REQUIRE(state->next_media_sequence == 7u);
    }
}

BOOST_FIXTURE_TEST_CASE(a_damaged_slot_is_no_state, Directory) {
    {
        SequenceFile writer(file());
        writer.store("a/main", state_with(7), kNow);
    }
    std::string bytes = slurp(file());
    const auto at = bytes.find("a/main");
    bytes[at] = 'b';
    std::ofstream(file(), std::ios::binary) << bytes;
    SequenceFile reader(file());
    BOOST_TEST(reader.streams() == 0u);
    BOOST_TEST(!reader.load("a/main").has_value());
    BOOST_TEST(!reader.load("b/main").has_value());
}

BOOST_FIXTURE_TEST_CASE(a_foreign_file_begins_anew, Directory) {
    std::ofstream(file(), std::ios::binary) << "something else entirely";
    SequenceFile sequences(file());
    BOOST_TEST(sequences.streams() == 0u);
    sequences.store("a/main", state_with(7), kNow);
    BOOST_TEST(sequences.load("a/main")->next_media_sequence == 7u);
}

BOOST_FIXTURE_TEST_CASE(beyond_the_bound_the_stream_stored_longest_ago_is_forgotten, Directory) {
    SequenceFile sequences(file());
    for (std::size_t i = 0; i <= SequenceFile::kSlots; ++i)
        sequences.store("stream " + std::to_string(i), state_with(i), UtcTime{kNow.us + static_cast<std::int64_t>(i)});
    BOOST_TEST(sequences.streams() == SequenceFile::kSlots);
    BOOST_TEST(!sequences.load("stream 0").has_value());
    BOOST_TEST(sequences.load("stream 1").has_value());
    BOOST_TEST(sequences.load("stream " + std::to_string(SequenceFile::kSlots)).has_value());
}

BOOST_FIXTURE_TEST_CASE(reading_an_empty_file_takes_no_memory_of_the_file_system, Directory) {
    SequenceFile sequences(file());
    struct stat info {};
    BOOST_REQUIRE(::stat(file().c_str(), &info) == 0);
    BOOST_TEST(info.st_blocks * 512 <= 16'384);
}

BOOST_FIXTURE_TEST_CASE(a_file_system_that_refuses_a_store_is_said_so_and_the_state_before_stays, Directory) {
    SequenceFile sequences(file());
    BOOST_TEST(sequences.store("a/main", state_with(7), kNow));
    struct rlimit before {};
    BOOST_REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    struct rlimit tight = before;
    tight.rlim_cur = 8;
    const auto handler = ::signal(SIGXFSZ, SIG_IGN);
    BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
    const bool stored = sequences.store("a/main", state_with(8), kNow);
    BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    ::signal(SIGXFSZ, handler);
    BOOST_TEST(!stored);
    BOOST_TEST(sequences.load("a/main")->next_media_sequence == 7u);
    BOOST_TEST(sequences.store("a/main", state_with(9), kNow));
    BOOST_TEST(sequences.load("a/main")->next_media_sequence == 9u);
}

BOOST_FIXTURE_TEST_CASE(a_directory_that_is_not_there_is_an_error, Directory) {
    BOOST_CHECK_THROW(SequenceFile(path + "/none/hls-sequences"), std::system_error);
}

BOOST_AUTO_TEST_SUITE_END()
