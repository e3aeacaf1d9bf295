// What all commands share: the connection, the form of output, and how a refusal is shown.
#pragma once

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "admin_client.h"

namespace CLI {
class App;
}

namespace gatehouse::ctl {

struct Options {
    std::string socket = "/run/gatehouse/admin.sock";
    bool json = false;
};

// The chosen command, run after the command line was read as a whole.
using Action = std::function<void()>;

class Session {
public:
    Session(const Options& options, Action& chosen) : options_(options), chosen_(chosen) {}

    bool json() const noexcept { return options_.json; }
    // The answer where it is a success; else Failure(kRefused) with the gateway's message and the fields it names. With
    // --json the refusal is printed as received too.
    Answer ask(const std::string& method, const std::string& path, const std::string& json = {},
               std::chrono::seconds limit = std::chrono::seconds(30)) const;
    // Prints the answer as received where --json was given; true then.
    bool shown_as_json(const Answer& answer) const;
    void choose(Action action) const { chosen_ = std::move(action); }

    // Id of the thing named by number, UUID or exact name in the list at `path`; `kind` for messages: "camera".
    std::int64_t find_id(const std::string& path, const std::string& kind, const std::string& wanted) const;

private:
    const Options& options_;
    Action& chosen_;
};

void add_camera_commands(CLI::App& app, const Session& session);
void add_area_commands(CLI::App& app, const Session& session);
void add_system_commands(CLI::App& app, const Session& session);

// Fields of answers as text; empty where absent or null.
std::string field_text(const Poco::JSON::Object::Ptr& object, const std::string& name);
std::int64_t field_number(const Poco::JSON::Object::Ptr& object, const std::string& name);
// `data` of an answer; throws Failure(kRefused) where the answer has another form.
Poco::JSON::Object::Ptr data_object(const Answer& answer);
Poco::JSON::Array::Ptr data_array(const Answer& answer);

std::string json_text(const Poco::JSON::Object& object);

}  // namespace gatehouse::ctl
