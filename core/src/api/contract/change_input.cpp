#include "api/contract/change_input.h"

#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace gatehouse::api::contract {

namespace {

using catalogue::FieldError;
using catalogue::Nullable;
using Var = Poco::Dynamic::Var;

class Reader {
public:
    Reader(const Poco::JSON::Object& body, std::vector<FieldError>& errors) : body_(body), errors_(errors) {}

    // null is the same as an empty text.
    void text(const char* field, std::optional<std::string>& out) {
        if (!body_.has(field)) return;
        const Var value = body_.get(field);
        if (value.isEmpty())
            out = std::string();
        else if (value.type() == typeid(std::string))
            out = value.extract<std::string>();
        else
            refuse(field, "must be a text");
    }

    // For fields that have no empty value.
    void choice(const char* field, std::optional<std::string>& out) {
        if (!body_.has(field)) return;
        const Var value = body_.get(field);
        if (!value.isEmpty() && value.type() == typeid(std::string))
            out = value.extract<std::string>();
        else
            refuse(field, "must be a text");
    }

    void nullable_text(const char* field, Nullable<std::string>& out) {
        if (!body_.has(field)) return;
        const Var value = body_.get(field);
        if (value.isEmpty())
            out = std::optional<std::string>();
        else if (value.type() == typeid(std::string))
            out = std::optional(value.extract<std::string>());
        else
            refuse(field, "must be a text or null");
    }

    void flag(const char* field, std::optional<bool>& out) {
        if (!body_.has(field)) return;
        const Var value = body_.get(field);
        if (!value.isEmpty() && value.isBoolean()) {
            out = value.convert<bool>();
            return;
        }
        const auto number = whole_number(value);
        if (number == 0 || number == 1)
            out = number == 1;
        else
            refuse(field, "must be true, false, 0 or 1");
    }

    void nullable_number(const char* field, Nullable<double>& out) {
        if (!body_.has(field)) return;
        const Var value = body_.get(field);
        if (is_null(value)) {
            out = std::optional<double>();
        } else if (value.isNumeric() && !value.isBoolean()) {
            out = std::optional(value.convert<double>());
        } else if (const auto number = from_text<double>(value)) {
            out = number;
        } else {
            refuse(field, "must be a number or null");
        }
    }

    void nullable_id(const char* field, Nullable<std::int64_t>& out) {
        if (!body_.has(field)) return;
        const Var value = body_.get(field);
        if (is_null(value)) {
            out = std::optional<std::int64_t>();
            return;
        }
        auto number = whole_number(value);
        if (!number) number = from_text<std::int64_t>(value);
        if (number)
            out = number;
        else
            refuse(field, "must be a whole number or null");
    }

private:
    static bool is_null(const Var& value) {
        return value.isEmpty() || (value.type() == typeid(std::string) && value.extract<std::string>().empty());
    }

    static std::optional<std::int64_t> whole_number(const Var& value) {
        if (value.isEmpty() || value.isBoolean() || !value.isInteger()) return std::nullopt;
        if (!value.isSigned() && value.convert<Poco::UInt64>() > std::numeric_limits<std::int64_t>::max())
            return std::nullopt;
        return value.convert<Poco::Int64>();
    }

    // The whole text must be the number: no spaces, no "+", no "inf".
    template <class Number>
    static std::optional<Number> from_text(const Var& value) {
        if (value.isEmpty() || value.type() != typeid(std::string)) return std::nullopt;
        const std::string& text = value.extract<std::string>();
        if (text.find_first_not_of("-.0123456789") != std::string::npos) return std::nullopt;
        Number number{};
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
        return number;
    }

    void refuse(const char* field, const char* problem) {
        errors_.push_back({field, std::string(field) + " " + problem});
    }

    const Poco::JSON::Object& body_;
    std::vector<FieldError>& errors_;
};

}  // namespace

catalogue::CameraChange camera_change(const Poco::JSON::Object& body, std::vector<FieldError>& errors) {
    catalogue::CameraChange out;
    Reader reader(body, errors);
    reader.text("name", out.name);
    reader.text("description", out.description);
    reader.text("location", out.location);
    reader.text("group_name", out.group_name);
    reader.nullable_id("area_id", out.area_id);
    reader.nullable_number("latitude", out.latitude);
    reader.nullable_number("longitude", out.longitude);
    reader.choice("status", out.status);
    reader.choice("visibility", out.visibility);
    reader.choice("transport", out.transport);
    reader.choice("video_codec", out.video_codec);
    reader.flag("is_tunnel", out.is_tunnel);
    reader.flag("enabled", out.enabled);
    reader.nullable_text("private_rtsp_url", out.main.url);
    reader.nullable_text("rtsp_user", out.main.user);
    reader.nullable_text("rtsp_password", out.main.password);
    reader.nullable_text("sub_rtsp_url", out.sub.url);
    reader.nullable_text("sub_rtsp_user", out.sub.user);
    reader.nullable_text("sub_rtsp_password", out.sub.password);
    return out;
}

catalogue::AreaChange area_change(const Poco::JSON::Object& body, std::vector<FieldError>& errors) {
    catalogue::AreaChange out;
    Reader reader(body, errors);
    reader.text("name", out.name);
    reader.text("description", out.description);
    reader.text("rt", out.rt);
    reader.text("rw", out.rw);
    reader.text("kelurahan", out.kelurahan);
    reader.text("kecamatan", out.kecamatan);
    reader.nullable_number("latitude", out.latitude);
    reader.nullable_number("longitude", out.longitude);
    return out;
}

}  // namespace gatehouse::api::contract
