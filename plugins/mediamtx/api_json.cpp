#include "api_json.h"

#include <gatehouse/error.h>

#include <simdjson.h>

#include <algorithm>
#include <functional>

namespace gatehouse::mediamtx {
namespace {

namespace dom = simdjson::dom;

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorCode::kBadUpstream, "MediaMTX's answer makes no sense: " + what);
}

// A parser per thread: its buffers are reused from poll to poll.
dom::element parse(dom::parser& parser, std::string_view json) {
    if (json.size() > kMaxAnswerBytes) refuse("it is too long");
    dom::element root;
    if (parser.parse(json.data(), json.size()).get(root)) refuse("it is no JSON");
    return root;
}

dom::object as_object(dom::element element) {
    dom::object object;
    if (element.get(object)) refuse("an object is missing");
    return object;
}

std::string text_of(const dom::object& object, const char* key) {
    std::string_view value;
    const auto found = object[key];
    if (found.error() || found.get(value)) return {};
    if (value.size() > kMaxTextBytes) refuse(std::string(key) + " is too long");
    return std::string(value);
}

bool bool_of(const dom::object& object, const char* key, bool otherwise) {
    bool value = false;
    const auto found = object[key];
    return found.error() || found.get(value) ? otherwise : value;
}

std::uint64_t count_of(const dom::object& object, const char* key, std::uint64_t otherwise) {
    std::uint64_t value = 0;
    const auto found = object[key];
    return found.error() || found.get(value) ? otherwise : value;
}

dom::array items_of(const dom::object& object) {
    dom::array items;
    if (object["items"].get(items)) refuse("it has no list of items");
    if (items.size() > kMaxItems) refuse("it lists too many items");
    return items;
}

std::string name_of(const dom::object& item) {
    std::string name = text_of(item, "name");
    if (name.empty()) refuse("an item has no name");
    return name;
}

bool is_video(std::string_view label) {
    for (const std::string_view known :
         {"H264", "H265", "AV1", "VP9", "VP8", "M-JPEG", "MJPEG", "MPEG-4 Video", "MPEG-1 Video", "MPEG-1/2 Video"})
        if (label == known) return true;
    return false;
}

int pixels_of(const dom::object& props, const char* key) {
    return static_cast<int>(std::min<std::uint64_t>(count_of(props, key, 0), 65'535));
}

void note_track(PathItem& out, const std::string& label) {
    std::string& kept = is_video(label) ? out.video_track : out.audio_track;
    if (kept.empty()) kept = label;
}

void read_tracks(PathItem& out, const dom::object& item) {
    dom::array tracks;
    if (!item["tracks2"].get(tracks)) {  // since v1.17.0
        for (const dom::element track : tracks) {
            dom::object object, props;
            if (track.get(object)) continue;
            const std::string label = text_of(object, "codec");
            note_track(out, label);
            if (!is_video(label) || out.width != 0 || object["codecProps"].get(props)) continue;
            out.width = pixels_of(props, "width");
            out.height = pixels_of(props, "height");
        }
    } else if (!item["tracks"].get(tracks)) {
        for (const dom::element track : tracks) {
            std::string_view label;
            if (!track.get(label) && label.size() <= kMaxTextBytes) note_track(out, std::string(label));
        }
    }
}

PathItem read_path(const dom::object& item) {
    PathItem out;
    out.available = bool_of(item, "available", bool_of(item, "ready", false));
    out.available_time = text_of(item, "availableTime");
    if (out.available_time.empty()) out.available_time = text_of(item, "readyTime");
    out.bytes = count_of(item, "inboundBytes", count_of(item, "bytesReceived", 0));
    dom::array readers;
    if (!item["readers"].get(readers)) out.readers = readers.size();
    read_tracks(out, item);
    return out;
}

std::string json_text(std::string_view text) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out += "\\u00";
            out += kDigits[byte >> 4U];
            out += kDigits[byte & 15U];
        } else {
            out += c;
        }
    }
    return out + "\"";
}

// Of every setting of a path that we do not give.
std::size_t others_of(const dom::object& item) {
    std::string text;
    for (const auto& [key, value] : item)
        if (key != "name" && key != "source" && key != "sourceOnDemand" && key != "rtspTransport")
            text.append(key).append("=").append(simdjson::minify(value)).append("\n");
    return std::max<std::size_t>(1, std::hash<std::string>{}(text));
}

}  // namespace

EngineInfo read_info(std::string_view json) {
    dom::parser parser;
    const auto object = as_object(parse(parser, json));
    return {text_of(object, "version"), text_of(object, "started")};
}

PathItems read_paths(std::string_view json) {
    static thread_local dom::parser parser;
    PathItems out;
    for (const dom::element element : items_of(as_object(parse(parser, json)))) {
        const auto item = as_object(element);
        out.insert_or_assign(name_of(item), read_path(item));
    }
    return out;
}

RawSettings read_settings(std::string_view json) {
    if (json.size() > kMaxSettingsBytes) refuse("its settings are too long");
    dom::parser parser;
    const auto object = as_object(parse(parser, json));
    if (object.size() > kMaxSettings) refuse("it has too many settings");
    RawSettings out;
    for (const auto& [key, value] : object) out.insert_or_assign(std::string(key), simdjson::minify(value));
    return out;
}

ConfiguredPaths read_configured_paths(std::string_view json) {
    static thread_local dom::parser parser;
    ConfiguredPaths out;
    for (const dom::element element : items_of(as_object(parse(parser, json)))) {
        const auto item = as_object(element);
        ConfiguredPath path{
            {text_of(item, "source"), bool_of(item, "sourceOnDemand", false), text_of(item, "rtspTransport")},
            others_of(item)};
        out.insert_or_assign(name_of(item), std::move(path));
    }
    return out;
}

GlobalConfig read_global(std::string_view json) {
    dom::parser parser;
    const auto object = as_object(parse(parser, json));
    return {bool_of(object, "hls", false), text_of(object, "hlsVariant"), text_of(object, "hlsCDNSecret")};
}

std::string read_error(std::string_view json) {
    if (json.size() > 64U << 10U) return {};
    dom::parser parser;
    dom::element root;
    dom::object object;
    std::string_view text;
    if (parser.parse(json.data(), json.size()).get(root) || root.get(object) || object["error"].get(text)) return {};
    return std::string(text.substr(0, 512));
}

std::string path_body(const PathConfig& config) {
    return "{\"source\":" + json_text(config.source) + ",\"sourceOnDemand\":" + (config.on_demand ? "true" : "false") +
           ",\"rtspTransport\":" + json_text(config.transport) + "}";
}

}  // namespace gatehouse::mediamtx
