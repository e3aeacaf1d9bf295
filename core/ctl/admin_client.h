// HTTP to the gateway's unix socket.
#pragma once

#include <Poco/Dynamic/Var.h>
#include <Poco/JSON/Object.h>

#include <chrono>
#include <string>

namespace gatehouse::ctl {

struct Answer {
    int status = 0;
    std::string text;              // as received
    Poco::JSON::Object::Ptr body;  // null where the text is no JSON object

    bool good() const noexcept { return status >= 200 && status < 300; }
};

// One connection per request. Not thread-safe. Blocks at most `limit` per step.
class AdminClient {
public:
    explicit AdminClient(std::string socket_path) : socket_path_(std::move(socket_path)) {}

    // Throws Failure(kNotRunning) where nobody answers, with the socket's path and what to do. `json` empty: no body.
    Answer request(const std::string& method, const std::string& path, const std::string& json = {},
                   std::chrono::seconds limit = std::chrono::seconds(30)) const;

private:
    std::string socket_path_;
};

}  // namespace gatehouse::ctl
