// What gatehoused was asked to do.
#pragma once

#include <string>
#include <vector>

namespace gatehouse::app {

struct CommandLine {
    enum class Action { kRun, kCheckConfig, kShowVersion, kShowHelp, kPrintReference, kPrintShippedFile, kRefused };
    Action action = Action::kRun;
    std::string config_file = "/etc/gatehouse/gatehouse.yaml";
    std::string problem;  // of kRefused
};

// Pure. `arguments` without the program's name.
CommandLine parse_command_line(const std::vector<std::string>& arguments);

extern const char* const kHelp;

}  // namespace gatehouse::app
