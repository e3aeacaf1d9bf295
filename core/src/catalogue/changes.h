// What a caller wants of a camera or an area: only the fields that were given. Values as people sent them, unchecked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gatehouse/error.h>

namespace gatehouse::catalogue {

// A field that may be given, and given as null.
template <class T>
using Nullable = std::optional<std::optional<T>>;

struct StreamChange {
    // May carry user info, which is taken out and sealed. Null or empty: no such stream (sub only).
    Nullable<std::string> url;
    // Null or empty removes what is stored. A credential that is not given stays as it is.
    Nullable<std::string> user, password;

    bool empty() const noexcept { return !url && !user && !password; }
};

struct CameraChange {
    std::optional<std::string> name, description, location, group_name;
    Nullable<std::int64_t> area_id;
    Nullable<double> latitude, longitude;  // degrees, WGS 84
    std::optional<std::string> status, visibility, transport, video_codec;
    std::optional<bool> is_tunnel, enabled;
    StreamChange main, sub;

    bool empty() const noexcept;
};

struct AreaChange {
    std::optional<std::string> name, description, rt, rw, kelurahan, kecamatan;
    Nullable<double> latitude, longitude;

    bool empty() const noexcept;
};

struct FieldError {
    std::string field;    // the name the caller used: "private_rtsp_url"
    std::string message;  // a whole sentence without a secret: "name must not be empty"
};

// All that is wrong with an input, at once. Maps to 400.
class ValidationError : public Error {
public:
    explicit ValidationError(std::vector<FieldError> errors);
    ~ValidationError() noexcept override = default;
    ValidationError(const ValidationError&) = default;
    ValidationError& operator=(const ValidationError&) = default;

    const std::vector<FieldError>& errors() const noexcept { return errors_; }
    const char* className() const noexcept override;
    Poco::Exception* clone() const override;
    void rethrow() const override;

private:
    std::vector<FieldError> errors_;
};

}  // namespace gatehouse::catalogue
