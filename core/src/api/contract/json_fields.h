// Small helpers for answers: objects that keep the order of their fields, and values that may be null.
#pragma once

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include <cstdint>
#include <optional>
#include <sstream>
#include <string>

#include <gatehouse/clock.h>

namespace gatehouse::api::contract {

inline Poco::JSON::Object::Ptr json_object() { return new Poco::JSON::Object(Poco::JSON_PRESERVE_KEY_ORDER); }
inline Poco::JSON::Array::Ptr json_array() { return new Poco::JSON::Array; }

inline Poco::Dynamic::Var json_null() { return {}; }
inline Poco::Dynamic::Var json_int(std::int64_t value) { return static_cast<Poco::Int64>(value); }
inline Poco::Dynamic::Var json_count(std::uint64_t value) { return static_cast<Poco::UInt64>(value); }
inline Poco::Dynamic::Var json_flag(bool value) { return value ? 1 : 0; }
inline Poco::Dynamic::Var json_text(const std::string& value) {
    return value.empty() ? Poco::Dynamic::Var() : Poco::Dynamic::Var(value);
}
inline Poco::Dynamic::Var json_time(UtcTime time) { return to_sql_text(time); }
template <class T>
Poco::Dynamic::Var json_optional(const std::optional<T>& value) {
    return value ? Poco::Dynamic::Var(*value) : Poco::Dynamic::Var();
}
inline Poco::Dynamic::Var json_optional(const std::optional<std::int64_t>& value) {
    return value ? json_int(*value) : json_null();
}

inline std::string text_of(const Poco::JSON::Object::Ptr& object) {
    std::ostringstream out;
    object->stringify(out);
    return out.str();
}

// {"success":true,"data":...}
template <class Data>
std::string success(const Data& data) {
    auto answer = json_object();
    answer->set("success", true);
    answer->set("data", data);
    return text_of(answer);
}
// {"success":true,"message":...}
inline std::string success_message(const std::string& message) {
    auto answer = json_object();
    answer->set("success", true);
    answer->set("message", message);
    return text_of(answer);
}
// {"success":true,"message":...,"data":...}
template <class Data>
std::string success_message(const std::string& message, const Data& data) {
    auto answer = json_object();
    answer->set("success", true);
    answer->set("message", message);
    answer->set("data", data);
    return text_of(answer);
}

}  // namespace gatehouse::api::contract
