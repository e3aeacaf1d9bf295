// What a client may name below /hls/: whatever is accepted must be spelt exactly as we would spell it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "hls-proxy/file_name.h"

using namespace gatehouse::hls;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    const std::string_view view(text);
    const auto slash = view.find('/');
    const std::string_view key = view.substr(0, slash);
    const std::string_view file = slash == std::string_view::npos ? view : view.substr(slash + 1);
    if (is_stream_key(key) && key.find_first_of("/.%\\") != std::string_view::npos) std::abort();
    const FileName name = parse_file_name(file);
    std::string spelt;
    switch (name.kind) {
        case FileName::Kind::kUnknown:
            return 0;
        case FileName::Kind::kIndex:
            spelt = "index.m3u8";
            break;
        case FileName::Kind::kPlaylist:
            spelt = playlist_name(name.role);
            break;
        case FileName::Kind::kInit:
            spelt = init_name(name.role, name.number);
            break;
        case FileName::Kind::kSegment:
            spelt = segment_name(name.role, name.number, name.container);
            break;
    }
    if (spelt != file) std::abort();
    return 0;
}
