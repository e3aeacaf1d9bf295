#include "command.h"

#include <algorithm>
#include <iostream>
#include <sstream>
#include <vector>

#include "failure.h"
#include "text.h"

namespace gatehouse::ctl {

namespace {

std::string refusal_text(const Answer& answer) {
    if (!answer.body) return "the gateway answered " + std::to_string(answer.status) + " without an explanation";
    std::string text = field_text(answer.body, "message");
    if (text.empty()) text = "the gateway answered " + std::to_string(answer.status);
    const auto errors = answer.body->getArray("errors");
    for (std::size_t i = 0; errors && i < errors->size(); ++i)
        if (const auto error = errors->getObject(static_cast<unsigned>(i)))
            text += "\n  " + field_text(error, "message");
    const auto messages = answer.body->getArray("messages");
    for (std::size_t i = 0; messages && i < messages->size(); ++i)
        text += "\n  " + messages->get(static_cast<unsigned>(i)).toString();
    return text;
}

bool is_number(const std::string& text) {
    return !text.empty() && text.size() <= 9 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Answer Session::ask(const std::string& method, const std::string& path, const std::string& json,
                    std::chrono::seconds limit) const {
    Answer answer = AdminClient(options_.socket).request(method, path, json, limit);
    if (answer.good()) return answer;
    if (options_.json) std::cout << answer.text << "\n";
    throw Failure(kRefused, refusal_text(answer));
}

bool Session::shown_as_json(const Answer& answer) const {
    if (options_.json) std::cout << answer.text << "\n";
    return options_.json;
}

std::int64_t Session::find_id(const std::string& path, const std::string& kind, const std::string& wanted) const {
    if (is_number(wanted)) return std::stoll(wanted);
    const auto list = data_array(ask("GET", path));
    std::vector<std::int64_t> found;
    for (std::size_t i = 0; i < list->size(); ++i) {
        const auto entry = list->getObject(static_cast<unsigned>(i));
        if (entry && (field_text(entry, "name") == wanted || field_text(entry, "uuid") == wanted))
            found.push_back(field_number(entry, "id"));
    }
    if (found.size() == 1) return found.front();
    if (found.empty()) throw Failure(kRefused, "there is no " + kind + " '" + printable(wanted) + "'");
    throw Failure(kRefused,
                  "several of the " + kind + "s are called '" + printable(wanted) + "'; name one by its number");
}

std::string field_text(const Poco::JSON::Object::Ptr& object, const std::string& name) {
    const auto value = object->get(name);
    return value.isEmpty() ? std::string() : value.toString();
}

std::int64_t field_number(const Poco::JSON::Object::Ptr& object, const std::string& name) {
    const auto value = object->get(name);
    return !value.isEmpty() && value.isNumeric() ? value.convert<Poco::Int64>() : 0;
}

Poco::JSON::Object::Ptr data_object(const Answer& answer) {
    if (answer.body)
        if (auto data = answer.body->getObject("data")) return data;
    throw Failure(kRefused,
                  "the gateway's answer has an unknown form; are gatehousectl and gatehoused of one version?");
}

Poco::JSON::Array::Ptr data_array(const Answer& answer) {
    if (answer.body)
        if (auto data = answer.body->getArray("data")) return data;
    throw Failure(kRefused,
                  "the gateway's answer has an unknown form; are gatehousectl and gatehoused of one version?");
}

std::string json_text(const Poco::JSON::Object& object) {
    std::ostringstream out;
    object.stringify(out);
    return out.str();
}

}  // namespace gatehouse::ctl
