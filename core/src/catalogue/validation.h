// Checks of what a caller wants, all problems at once. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/catalogue.h>

#include "catalogue/changes.h"

namespace gatehouse::catalogue {

// A stream change after its URL was taken apart. An inner nullopt removes.
struct CheckedStream {
    Nullable<std::string> url;             // without user info
    Nullable<std::string> user, password;  // never an inner empty string

    bool empty() const noexcept { return !url && !user && !password; }
};

// A change that passed; the texts of its enumerations are known ones.
struct CheckedCamera {
    CameraChange fields;  // without the streams
    std::optional<Visibility> visibility;
    std::optional<Transport> transport;
    CheckedStream main, sub;
};

// Whether the change makes a new row (required fields must be there) or alters one.
enum class Purpose { kCreate, kUpdate };

// Adds to `errors`; the result is only good while `errors` is empty. `areas` are those an area_id may name.
CheckedCamera check_camera(const CameraChange& change, Purpose purpose, const std::vector<Area>& areas,
                           std::vector<FieldError>& errors);
void check_area(const AreaChange& change, Purpose purpose, std::vector<FieldError>& errors);

std::string_view name(Visibility visibility) noexcept;  // "public", "members", "area"
std::string_view name(Transport transport) noexcept;    // "auto", "tcp", "udp"
std::optional<Visibility> visibility_of(std::string_view text) noexcept;
std::optional<Transport> transport_of(std::string_view text) noexcept;

}  // namespace gatehouse::catalogue
