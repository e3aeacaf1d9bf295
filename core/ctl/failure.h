// How a command ends when it does not succeed.
#pragma once

#include <stdexcept>
#include <string>

namespace gatehouse::ctl {

enum ExitCode : int {
    kOk = 0,
    kRefused = 1,     // the gateway answered, and said no
    kUsage = 2,       // the command line is wrong
    kNotRunning = 3,  // no gateway behind the socket
};

class Failure : public std::runtime_error {
public:
    Failure(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
    ExitCode code() const noexcept { return code_; }

private:
    ExitCode code_;
};

}  // namespace gatehouse::ctl
