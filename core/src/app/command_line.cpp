#include "app/command_line.h"

namespace gatehouse::app {

const char* const kHelp =
    "usage: gatehoused [--config FILE] [--check-config] [--version]\n"
    "  --config FILE    the configuration (default: /etc/gatehouse/gatehouse.yaml); plugins' files are in plugins.d "
    "beside it\n"
    "  --check-config   reports every problem of all files and ends: 0 good, 78 not\n"
    "  --version        prints the version and ends\n";

CommandLine parse_command_line(const std::vector<std::string>& arguments) {
    CommandLine line;
    const auto refuse = [&](std::string problem) {
        line.action = CommandLine::Action::kRefused;
        line.problem = std::move(problem);
        return line;
    };
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        if (argument == "--config" || argument.starts_with("--config=")) {
            const bool joined = argument != "--config";
            if (!joined && i + 1 == arguments.size()) return refuse("--config needs a file");
            line.config_file = joined ? argument.substr(9) : arguments[++i];
            if (line.config_file.empty()) return refuse("--config needs a file");
        } else if (argument == "--check-config") {
            line.action = CommandLine::Action::kCheckConfig;
        } else if (argument == "--version") {
            line.action = CommandLine::Action::kShowVersion;
        } else if (argument == "--help" || argument == "-h") {
            line.action = CommandLine::Action::kShowHelp;
        } else if (argument == "--print-config-reference") {
            line.action = CommandLine::Action::kPrintReference;
        } else if (argument == "--print-config-file") {
            line.action = CommandLine::Action::kPrintShippedFile;
        } else {
            return refuse("unknown argument " + argument);
        }
    }
    return line;
}

}  // namespace gatehouse::app
