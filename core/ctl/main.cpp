// gatehousectl: the operator's command, speaking HTTP to the gateway's unix socket.
#include <CLI/CLI.hpp>

#include <exception>
#include <iostream>

#include "command.h"
#include "failure.h"

int main(int argc, char** argv) {
    using namespace gatehouse::ctl;
    try {
        Options options;
        Action chosen;
        const Session session(options, chosen);
        CLI::App app("Administers a running Gatehouse through its unix socket.", "gatehousectl");
        app.set_version_flag("--version", std::string("gatehousectl ") + GATEHOUSE_VERSION);
        app.require_subcommand(1);
        app.fallthrough();
        app.add_option("--socket", options.socket, "The gateway's socket")
            ->envname("GATEHOUSE_ADMIN_SOCKET")
            ->capture_default_str();
        app.add_flag("--json", options.json, "Print the gateway's answer as JSON");
        app.footer("Exit codes: 0 done, 1 refused by the gateway, 2 wrong command line, 3 gateway not running.");
        add_camera_commands(app, session);
        add_area_commands(app, session);
        add_system_commands(app, session);
        try {
            app.parse(argc, argv);
        } catch (const CLI::ParseError& failure) {
            return app.exit(failure) == 0 ? kOk : kUsage;
        }
        chosen();
        return std::cout.flush() ? kOk : kRefused;
    } catch (const Failure& failure) {
        std::cerr << "gatehousectl: " << failure.what() << "\n";
        return failure.code();
    } catch (const std::exception& failure) {
        std::cerr << "gatehousectl: " << failure.what() << "\n";
        return kRefused;
    }
}
