#include "catalogue/validation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>

#include "catalogue/rtsp_url.h"
#include "catalogue/text_rules.h"

namespace gatehouse::catalogue {

namespace {

using Errors = std::vector<FieldError>;

constexpr std::array<std::string_view, 3> kVisibilities{"public", "members", "area"};
constexpr std::array<std::string_view, 3> kTransports{"auto", "tcp", "udp"};

void add(Errors& errors, std::string_view field, std::string_view problem) {
    errors.push_back({std::string(field), std::string(field) + " " + std::string(problem)});
}

void check_text(const std::optional<std::string>& value, std::string_view field, const TextRule& rule, Errors& errors) {
    if (!value) return;
    if (const auto problem = text_problem(*value, rule); !problem.empty()) add(errors, field, problem);
}

void check_name(const std::optional<std::string>& value, Purpose purpose, Errors& errors) {
    if (!value && purpose == Purpose::kCreate) add(errors, "name", "is required");
    check_text(value, "name", {.longest_bytes = 100, .required = true}, errors);
}

void check_degrees(const Nullable<double>& value, std::string_view field, double limit, Errors& errors) {
    if (!value || !*value) return;
    if (!std::isfinite(**value) || std::abs(**value) > limit)
        add(errors, field,
            "must be from -" + std::to_string(static_cast<int>(limit)) + " to " +
                std::to_string(static_cast<int>(limit)) + " degrees");
}

void check_choice(const std::optional<std::string>& value, std::string_view field,
                  std::initializer_list<std::string_view> choices, Errors& errors) {
    if (!value || std::find(choices.begin(), choices.end(), *value) != choices.end()) return;
    std::string list;
    for (const auto choice : choices) list.append(list.empty() ? "" : ", ").append(choice);
    add(errors, field, "must be one of: " + list);
}

struct StreamNames {
    std::string_view url, user, password;
};
constexpr StreamNames kMainNames{"private_rtsp_url", "rtsp_user", "rtsp_password"};
constexpr StreamNames kSubNames{"sub_rtsp_url", "sub_rtsp_user", "sub_rtsp_password"};

Nullable<std::string> empty_as_null(const Nullable<std::string>& value) {
    if (value && (!*value || (*value)->empty())) return std::optional<std::string>();
    return value;
}

void check_credential(const Nullable<std::string>& value, std::string_view field, Errors& errors) {
    if (!value || !*value) return;
    if (const auto problem = credential_problem(**value); !problem.empty()) add(errors, field, problem);
}

void take(Nullable<std::string>& explicit_value, const std::optional<std::string>& from_url, std::string_view field,
          std::string_view url_field, Errors& errors) {
    if (!from_url) return;
    if (explicit_value)
        add(errors, field, "must not be given when " + std::string(url_field) + " holds it too");
    else
        explicit_value = empty_as_null(Nullable<std::string>(*from_url));
}

CheckedStream check_stream(const StreamChange& change, const StreamNames& names, Errors& errors) {
    CheckedStream out{empty_as_null(change.url), empty_as_null(change.user), empty_as_null(change.password)};
    check_credential(out.user, names.user, errors);
    check_credential(out.password, names.password, errors);
    if (!out.url || !*out.url) return out;
    std::string problem;
    const auto parsed = parse_rtsp_url(**out.url, problem);
    if (!parsed) {
        add(errors, names.url, problem);
        return out;
    }
    out.url = std::optional(parsed->url);
    take(out.user, parsed->user, names.user, names.url, errors);
    take(out.password, parsed->password, names.password, names.url, errors);
    return out;
}

template <class Enum, std::size_t N>
std::optional<Enum> choice_of(std::string_view text, const std::array<std::string_view, N>& names) noexcept {
    const auto it = std::find(names.begin(), names.end(), text);
    if (it == names.end()) return std::nullopt;
    return static_cast<Enum>(it - names.begin());
}

}  // namespace

std::string_view name(Visibility visibility) noexcept { return kVisibilities[static_cast<std::size_t>(visibility)]; }
std::string_view name(Transport transport) noexcept { return kTransports[static_cast<std::size_t>(transport)]; }
std::optional<Visibility> visibility_of(std::string_view text) noexcept {
    return choice_of<Visibility>(text, kVisibilities);
}
std::optional<Transport> transport_of(std::string_view text) noexcept {
    return choice_of<Transport>(text, kTransports);
}

CheckedCamera check_camera(const CameraChange& change, Purpose purpose, const std::vector<Area>& areas,
                           Errors& errors) {
    CheckedCamera out;
    out.fields = change;
    out.fields.main = out.fields.sub = {};
    check_name(change.name, purpose, errors);
    check_text(change.description, "description", {.longest_bytes = 500, .lines = true}, errors);
    check_text(change.location, "location", {.longest_bytes = 200}, errors);
    check_text(change.group_name, "group_name", {.longest_bytes = 100}, errors);
    check_degrees(change.latitude, "latitude", 90, errors);
    check_degrees(change.longitude, "longitude", 180, errors);
    check_choice(change.status, "status", {"active", "maintenance", "offline"}, errors);
    check_choice(change.video_codec, "video_codec", {"h264", "h265"}, errors);
    check_choice(change.visibility, "visibility", {"public", "members", "area"}, errors);
    check_choice(change.transport, "transport", {"auto", "tcp", "udp"}, errors);
    if (change.area_id && *change.area_id) {
        const auto id = **change.area_id;
        if (std::none_of(areas.begin(), areas.end(), [id](const Area& area) { return area.id == id; }))
            add(errors, "area_id", "names no area");
    }
    if (change.visibility) out.visibility = visibility_of(*change.visibility);
    if (change.transport) out.transport = transport_of(*change.transport);
    out.main = check_stream(change.main, kMainNames, errors);
    out.sub = check_stream(change.sub, kSubNames, errors);
    const bool removes_main = out.main.url && !*out.main.url;
    if (removes_main || (!out.main.url && purpose == Purpose::kCreate)) add(errors, kMainNames.url, "is required");
    return out;
}

void check_area(const AreaChange& change, Purpose purpose, Errors& errors) {
    check_name(change.name, purpose, errors);
    check_text(change.description, "description", {.longest_bytes = 500, .lines = true}, errors);
    check_text(change.rt, "rt", {.longest_bytes = 20}, errors);
    check_text(change.rw, "rw", {.longest_bytes = 20}, errors);
    check_text(change.kelurahan, "kelurahan", {.longest_bytes = 100}, errors);
    check_text(change.kecamatan, "kecamatan", {.longest_bytes = 100}, errors);
    check_degrees(change.latitude, "latitude", 90, errors);
    check_degrees(change.longitude, "longitude", 180, errors);
}

}  // namespace gatehouse::catalogue
