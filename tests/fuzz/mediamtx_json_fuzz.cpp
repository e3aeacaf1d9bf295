// What answers on MediaMTX's API port: whatever it says is read within bounds, or refused with an Error.
#include <gatehouse/error.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "mediamtx/api_json.h"
#include "mediamtx/engine_log.h"
#include "mediamtx/engine_version.h"
#include "mediamtx/redaction.h"

using namespace gatehouse;
using namespace gatehouse::mediamtx;

namespace {

void check_paths(const PathItems& items) {
    if (items.size() > kMaxItems) std::abort();
    for (const auto& [name, item] : items)
        if (name.empty() || name.size() > kMaxTextBytes || item.width < 0 || item.width > 65'535 || item.height < 0)
            std::abort();
}

template <class Read>
void attempt(Read read) {
    try {
        read();
    } catch (const Error&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    attempt([&] { check_paths(read_paths(text)); });
    attempt([&] {
        // What was read can be said again, and reads back the same.
        for (const auto& [name, config] : read_configured_paths(text)) {
            const std::string item = R"({"items":[{"name":"x",)" + path_body(config).substr(1) + "]}";
            if (!(read_configured_paths(item).at("x") == config)) std::abort();
        }
    });
    attempt([&] { parse_version(read_info(text).version); });
    attempt([&] { read_global(text); });
    attempt([&] { read_settings(text); });
    if (redacted(read_error(text)).size() > 600) std::abort();
    const EngineLine line = read_line(text);
    cause_of(line);
    return 0;
}
