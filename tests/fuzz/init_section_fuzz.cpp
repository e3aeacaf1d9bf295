// Initialisation sections and segments of a media engine. Where the input holds a second ftyp, both parts are joined,
// and what was joined must be readable again.
#include <gatehouse/error.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "mediamtx/hls/av_join.h"
#include "mediamtx/hls/init_section.h"

using namespace gatehouse::mediamtx;

namespace {

template <class Work>
void bear(Work work) {
    try {
        work();
    } catch (const gatehouse::Error&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    bear([&] {
        const auto tracks = parse_init(bytes);
        if (tracks.empty() || tracks.size() > 8 || codecs_of(tracks).find('"') != std::string::npos) std::abort();
    });
    bear([&] {
        if (renamed_fragments(bytes, 2).size() > bytes.size() + 64) std::abort();
    });
    const auto second = bytes.rfind(std::string_view("ftyp", 4));
    if (second == std::string_view::npos || second < 8) return 0;
    bear([&] {
        const auto joined = join_inits(bytes.substr(0, second - 4), bytes.substr(second - 4), 2);
        if (parse_init(joined).size() != 2) std::abort();
    });
    return 0;
}
