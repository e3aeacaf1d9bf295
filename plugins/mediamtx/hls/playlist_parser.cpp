#include "hls/playlist_parser.h"

#include <gatehouse/error.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "hls/attribute_list.h"

namespace gatehouse::mediamtx {
namespace {

constexpr std::size_t kLongestLine = 4'096;
constexpr std::int64_t kLongestSegmentS = 3'600;
constexpr int kLargestPictureSide = 16'384;
constexpr std::size_t kLongestCodecs = 200;

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorCode::kBadUpstream, "the playlist is refused: " + why);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

template <class Number>
std::optional<Number> read_number(std::string_view text) {
    Number value{};
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

// "2", "2.00000": microseconds; digits beyond the sixth are left out.
std::optional<std::int64_t> read_seconds(std::string_view text) {
    const auto dot = text.find('.');
    const auto whole = read_number<std::uint32_t>(text.substr(0, dot));
    if (!whole || *whole > kLongestSegmentS) return std::nullopt;
    std::int64_t us = std::int64_t{*whole} * 1'000'000;
    if (dot == std::string_view::npos) return us;
    const std::string_view fraction = text.substr(dot + 1);
    if (fraction.empty() || fraction.size() > 20 || !std::all_of(fraction.begin(), fraction.end(), is_digit))
        return std::nullopt;
    std::int64_t unit = 100'000;
    for (std::size_t i = 0; i < fraction.size() && unit > 0; ++i, unit /= 10) us += (fraction[i] - '0') * unit;
    return us;
}

// The lines of a playlist, checked; each() is called with every one that is neither empty nor a comment.
template <class Each>
void for_each_line(std::string_view text, Each each) {
    if (text.size() > kLargestPlaylistBytes) refuse("it is too long");
    if (text.substr(0, 7) != "#EXTM3U" || (text.size() > 7 && text[7] != '\n' && text[7] != '\r'))
        refuse("it does not begin with #EXTM3U");
    while (!text.empty()) {
        const auto end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.size() > kLongestLine) refuse("a line is too long");
        if (std::any_of(line.begin(), line.end(),
                        [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7F'; }))
            refuse("it holds control characters");
        if (line.empty() || (line.front() == '#' && !line.starts_with("#EXT"))) continue;
        each(line);
    }
}

// The part behind "TAG:", where the line is that tag.
std::optional<std::string_view> value_of(std::string_view line, std::string_view tag) {
    if (!line.starts_with(tag) || line.size() <= tag.size() || line[tag.size()] != ':') return std::nullopt;
    return line.substr(tag.size() + 1);
}

AttributeList attributes(std::string_view text) {
    auto list = AttributeList::parse(text);
    if (!list) refuse("an attribute list is malformed");
    return std::move(*list);
}

std::string plain_name(std::string_view uri) {
    if (!is_plain_name(uri)) refuse("a URI is not a plain name beside the playlist");
    return std::string(uri);
}

std::string codecs_of(const AttributeList& list) {
    const std::string_view text = list.get("CODECS");
    const bool fine = text.size() <= kLongestCodecs && std::all_of(text.begin(), text.end(), [](char c) {
                          return is_digit(c) || is_letter(c) || c == '.' || c == ',' || c == '-' || c == '_';
                      });
    return fine ? std::string(text) : std::string();
}

std::pair<int, int> resolution_of(const AttributeList& list) {
    const std::string_view text = list.get("RESOLUTION");
    const auto x = text.find('x');
    if (x == std::string_view::npos) return {0, 0};
    const auto width = read_number<int>(text.substr(0, x));
    const auto height = read_number<int>(text.substr(x + 1));
    if (!width || !height || *width > kLargestPictureSide || *height > kLargestPictureSide) return {0, 0};
    return {*width, *height};
}

struct Rendition {
    std::string group, uri;
    bool preferred = false;
};

// Reads an index line by line.
class IndexReader {
public:
    void line(std::string_view text) {
        if (const auto media = value_of(text, "#EXT-X-MEDIA")) return rendition(attributes(*media));
        if (const auto variant = value_of(text, "#EXT-X-STREAM-INF")) {
            pending_ = attributes(*variant);
            return;
        }
        if (text.front() == '#') return;
        if (!pending_) refuse("it is no index");
        variant_uri(text);
    }
    IndexPlaylist take() {
        if (index_.media_uri.empty()) refuse("it lists no variant");
        const Rendition* chosen = nullptr;
        for (const auto& each : renditions_)
            if (each.group == audio_group_ && (chosen == nullptr || (each.preferred && !chosen->preferred)))
                chosen = &each;
        if (chosen != nullptr) index_.audio_uri = chosen->uri;
        return std::move(index_);
    }

private:
    void rendition(const AttributeList& list) {
        if (list.get("TYPE") != "AUDIO" || list.get("URI").empty()) return;
        if (renditions_.size() >= 32) refuse("it lists too many renditions");
        renditions_.push_back(
            {std::string(list.get("GROUP-ID")), plain_name(list.get("URI")), list.get("DEFAULT") == "YES"});
    }
    void variant_uri(std::string_view uri) {
        const AttributeList list = *std::exchange(pending_, std::nullopt);
        const std::string name = plain_name(uri);
        const std::int64_t bandwidth = read_number<std::int64_t>(list.get("BANDWIDTH")).value_or(0);
        if (!index_.media_uri.empty() && bandwidth <= bandwidth_) return;
        bandwidth_ = bandwidth;
        audio_group_ = list.get("AUDIO");
        const auto [width, height] = resolution_of(list);
        index_ = {name, {}, codecs_of(list), width, height};
    }

    IndexPlaylist index_;
    std::int64_t bandwidth_ = 0;
    std::string audio_group_;
    std::optional<AttributeList> pending_;
    std::vector<Rendition> renditions_;
};

// Reads a media playlist line by line.
class MediaReader {
public:
    void line(std::string_view text) {
        if (text.front() != '#') return segment_uri(text);
        if (const auto seconds = value_of(text, "#EXTINF")) return duration(*seconds);
        if (const auto date = value_of(text, "#EXT-X-PROGRAM-DATE-TIME"))
            next_.start = parse_date(*date);
        else if (const auto map = value_of(text, "#EXT-X-MAP"))
            init_section(attributes(*map));
        else if (const auto sequence = value_of(text, "#EXT-X-MEDIA-SEQUENCE"))
            first_sequence(*sequence);
        else if (const auto target = value_of(text, "#EXT-X-TARGETDURATION"))
            target_duration(*target);
        else if (text == "#EXT-X-DISCONTINUITY")
            next_.discontinuity = true;
        else if (text == "#EXT-X-GAP")
            gap_ = true;
        else
            foreign(text);
    }
    MediaPlaylist take() {
        if (playlist_.target_duration_s == 0) refuse("it has no target duration");
        return std::move(playlist_);
    }

private:
    void duration(std::string_view text) {
        const auto us = read_seconds(text.substr(0, text.find(',')));
        if (!us || *us <= 0) refuse("the length of a segment is malformed");
        next_.duration_us = *us;
    }
    void init_section(const AttributeList& list) {
        if (!list.get("BYTERANGE").empty()) refuse("byte ranges are not supported");
        map_uri_ = plain_name(list.get("URI"));
    }
    void first_sequence(std::string_view text) {
        const auto value = read_number<std::uint64_t>(text);
        if (!value || *value > kLargestSequence || counted_ > 0) refuse("the media sequence is malformed");
        sequence_ = *value;
    }
    void target_duration(std::string_view text) {
        const auto value = read_number<int>(text);
        if (!value || *value < 1 || *value > kLongestSegmentS) refuse("the target duration is malformed");
        playlist_.target_duration_s = *value;
    }
    void foreign(std::string_view text) const {
        if (text.starts_with("#EXT-X-STREAM-INF") || text.starts_with("#EXT-X-MEDIA:")) refuse("it is an index");
        if (text.starts_with("#EXT-X-BYTERANGE")) refuse("byte ranges are not supported");
        if (text.starts_with("#EXT-X-SKIP")) refuse("it is a delta update");
        if (const auto key = value_of(text, "#EXT-X-KEY"); key && attributes(*key).get("METHOD") != "NONE")
            refuse("encrypted media is not supported");
    }
    void segment_uri(std::string_view uri) {
        if (next_.duration_us == 0) refuse("a segment has no length");
        if (++counted_ > kMostListedSegments) refuse("it lists too many segments");
        next_.uri = plain_name(uri);
        next_.map_uri = map_uri_;
        next_.sequence = sequence_++;
        if (!gap_) playlist_.segments.push_back(std::move(next_));
        // What was missing is missing before the next one too.
        next_ = {};
        next_.discontinuity = std::exchange(gap_, false) && !playlist_.segments.empty();
    }

    MediaPlaylist playlist_;
    ListedSegment next_;
    std::string map_uri_;
    std::uint64_t sequence_ = 0;
    std::size_t counted_ = 0;
    bool gap_ = false;
};

}  // namespace

bool is_plain_name(std::string_view uri) noexcept {
    return !uri.empty() && uri.size() <= 255 && uri.front() != '.' && std::all_of(uri.begin(), uri.end(), [](char c) {
        return is_digit(c) || is_letter(c) || c == '.' || c == '-' || c == '_';
    });
}

IndexPlaylist parse_index(std::string_view text) {
    IndexReader reader;
    for_each_line(text, [&](std::string_view line) { reader.line(line); });
    return reader.take();
}

MediaPlaylist parse_media(std::string_view text) {
    MediaReader reader;
    for_each_line(text, [&](std::string_view line) { reader.line(line); });
    return reader.take();
}

std::optional<UtcTime> parse_date(std::string_view text) {
    // yyyy-mm-ddThh:mm:ss[.f...](Z|+hh:mm|-hh:mm)
    if (text.size() < 20 || text.size() > 40 || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
        text[13] != ':' || text[16] != ':')
        return std::nullopt;
    const auto field = [&](std::size_t at, std::size_t size) { return read_number<unsigned>(text.substr(at, size)); };
    const auto year = field(0, 4), month = field(5, 2), day = field(8, 2), hour = field(11, 2), minute = field(14, 2);
    if (!year || !month || !day || !hour || !minute || *year < 1970 || *hour > 23 || *minute > 59) return std::nullopt;
    const auto zone_at = text.find_first_of("Z+-", 17);
    if (zone_at == std::string_view::npos) return std::nullopt;
    const auto second_us = read_seconds(text.substr(17, zone_at - 17));
    if (!second_us || *second_us > 61'000'000) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                                           std::chrono::day(*day)};
    if (!date.ok()) return std::nullopt;
    std::int64_t zone_minutes = 0;
    const std::string_view zone = text.substr(zone_at);
    if (zone != "Z") {
        if (zone.size() != 6 || zone[3] != ':') return std::nullopt;
        const auto hours = read_number<unsigned>(zone.substr(1, 2)), minutes = read_number<unsigned>(zone.substr(4, 2));
        if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
        zone_minutes = (std::int64_t{*hours} * 60 + *minutes) * (zone[0] == '-' ? -1 : 1);
    }
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    const std::int64_t minutes = (days * 24 + *hour) * 60 + *minute - zone_minutes;
    return UtcTime{minutes * 60'000'000 + *second_us};
}

}  // namespace gatehouse::mediamtx
