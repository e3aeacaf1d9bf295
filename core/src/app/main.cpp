// gatehoused: the gateway's daemon.
#include <Poco/Logger.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <utility>

#include <gatehouse/error.h>

#include "app/certificate.h"
#include "app/check_config.h"
#include "app/command_line.h"
#include "app/exit_codes.h"
#include "app/gateway.h"
#include "app/known_plugins.h"
#include "app/previous_life.h"
#include "app/service_user.h"
#include "app/version.h"
#include "base/file.h"
#include "base/lock_file.h"
#include "base/open_files.h"
#include "config/config_pages.h"

namespace gatehouse::app {

namespace {

// Ends at once, without destructors: a thread that hangs in a plugin would see them happen.
[[noreturn]] void end_abruptly(int code) {
    std::cout.flush();
    std::cerr.flush();
    ::_exit(code);
}

int say_issues(const CheckedConfiguration& checked) {
    std::cerr << issues_text(checked.issues);
    return kExitConfig;
}

int check_only(const std::string& file) {
    auto checked = check_configuration(file);
    // Root may read everything; the service may not.
    if (::geteuid() == 0 && file == kPackagedConfig)
        for (auto& line : unreadable_for(kServiceUser, files_of(*checked.configuration)))
            checked.warnings.push_back(std::move(line));
    for (const auto& warning : checked.warnings) std::cerr << "warning: " << warning << '\n';
    if (!checked.issues.empty()) end_abruptly(say_issues(checked));
    std::cout << "The configuration is good.\n";
    end_abruptly(kExitGood);
}

log::LogSystem::Target target_of(config::LogTarget target) {
    switch (target) {
        case config::LogTarget::kJournal:
            return log::LogSystem::Target::kJournal;
        case config::LogTarget::kStderr:
            return log::LogSystem::Target::kStderr;
        case config::LogTarget::kAuto:
            break;
    }
    return log::LogSystem::Target::kAuto;
}

void say_open_files(Poco::Logger& logger) {
    const auto files = raise_open_files_limit();
    const std::string text = "At most " + std::to_string(files.limit) + " open files";
    if (files.enough)
        logger.information(text);
    else
        logger.warning(text + ": fewer than the 65536 that many viewers need (LimitNOFILE of the unit, ulimit -n)");
}

// Signals come first, because every later thread inherits what they block.
int run(const std::string& file) {
    Signals signals;
    const SystemClock clock;
    CheckedConfiguration checked;
    checked.configuration = config::load_configuration(file, checked.issues);
    const auto certificate = load_certificate(*checked.configuration, checked.issues);
    if (!checked.issues.empty()) end_abruptly(say_issues(check_configuration(file)));
    const auto& settings = checked.configuration->app;

    log::LogSystem log(target_of(settings.log.target), priority_of(settings.log.level), clock);
    Poco::Logger& logger = Poco::Logger::get("gatehoused");
    logger.information("Gatehouse " + std::string(kVersion) + ", process " + std::to_string(::getpid()) + ", " + file);
    say_open_files(logger);
    make_directories(settings.paths.state_dir);
    make_directories(settings.paths.runtime_dir);
    const LockFile state_lock(settings.paths.state_dir + "/gatehoused.lock");
    const LockFile runtime_lock(settings.paths.runtime_dir + "/gatehoused.lock");

    plugin::Quarantine quarantine(settings.paths.state_dir + "/plugin-deaths.json", {});
    const std::string crumbs = settings.paths.runtime_dir + "/breadcrumb";
    examine_previous_life(crumbs, settings.plugin_dir(), quarantine, clock, logger);
    plugin::Breadcrumb breadcrumb(crumbs);
    breadcrumb.watch_crashes();
    check_plugins(checked, breadcrumb, quarantine, Strictness::kInStart);
    if (!checked.issues.empty()) return say_issues(checked);

    Gateway gateway(checked.configuration, certificate, clock, signals, log, breadcrumb, quarantine);
    const auto end_where_destructors_must_not_run = [&](int code) {
        if (!gateway.must_end_abruptly()) return;
        breadcrumb.end_in_order();
        end_abruptly(code);
    };
    try {
        gateway.open();
    } catch (const Poco::Exception& failure) {
        logger.critical(failure.message());
        end_where_destructors_must_not_run(kExitTrouble);
        throw;
    }
    const int code = gateway.run();
    end_where_destructors_must_not_run(code);
    return code;
}

int run_reporting(const std::string& file) {
    try {
        return run(file);
    } catch (const Poco::Exception& failure) {
        std::cerr << "gatehoused: " << failure.message() << '\n';
    } catch (const std::exception& failure) {
        std::cerr << "gatehoused: " << failure.what() << '\n';
    }
    return kExitTrouble;
}

}  // namespace

int main_with(const std::vector<std::string>& arguments) {
    const auto line = parse_command_line(arguments);
    switch (line.action) {
        case CommandLine::Action::kRun:
            return run_reporting(line.config_file);
        case CommandLine::Action::kCheckConfig:
            return check_only(line.config_file);
        case CommandLine::Action::kShowVersion:
            std::cout << "gatehoused " << kVersion << '\n';
            return kExitGood;
        case CommandLine::Action::kShowHelp:
            std::cout << kHelp;
            return kExitGood;
        case CommandLine::Action::kPrintReference:
            std::cout << config::reference_page();
            return kExitGood;
        case CommandLine::Action::kPrintShippedFile:
            std::cout << config::shipped_file(kShippedPlugins);
            return kExitGood;
        case CommandLine::Action::kRefused:
            break;
    }
    std::cerr << "gatehoused: " << line.problem << '\n' << kHelp;
    return kExitUsage;
}

}  // namespace gatehouse::app

int main(int argc, char** argv) {
    ::umask(0027);
    return gatehouse::app::main_with({argv + 1, argv + argc});
}
