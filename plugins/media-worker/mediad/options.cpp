#include "options.h"

#include <charconv>
#include <stdexcept>
#include <string_view>

namespace gatehouse::mediad {

const char* const kUsage =
    "gatehouse-mediad: pulls cameras and keeps their live windows for the gateway\n"
    "\n"
    "  --socket PATH            listen for the gateway here (mode 0660)\n"
    "  --fd N                   speak over this connected socket instead, and end with it\n"
    "  --die-with-parent        end when the process that started this one ends\n"
    "  --streams-per-shard N    streams that share a media process, 1..64, default 16\n"
    "  --version, --help\n";

namespace {

int number(std::string_view name, std::string_view text, int least, int most) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < least || value > most)
        throw std::invalid_argument(std::string(name) + " takes a number from " + std::to_string(least) + " to " +
                                    std::to_string(most));
    return value;
}

}  // namespace

Options parse_options(std::span<char* const> arguments) {
    constexpr int kMostFd = 1 << 20;
    Options options;
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        const std::string_view name = arguments[i];
        const auto value = [&]() -> std::string_view {
            if (i + 1 >= arguments.size()) throw std::invalid_argument(std::string(name) + " needs a value");
            return arguments[++i];
        };
        if (name == "--socket")
            options.supervisor.socket_path = value();
        else if (name == "--fd")
            options.fd = number(name, value(), 0, kMostFd);
        else if (name == "--crumbs-fd")
            options.crumbs_fd = number(name, value(), 0, kMostFd);
        else if (name == "--parent")
            options.parent = number(name, value(), 1, 1 << 30);
        else if (name == "--streams-per-shard")
            options.supervisor.streams_per_shard = static_cast<std::size_t>(number(name, value(), 1, 64));
        else if (name == "--die-with-parent")
            options.die_with_parent = true;
        else if (name == "--shard")
            options.mode = Options::Mode::shard;
        else if (name == "--version")
            options.mode = Options::Mode::version;
        else if (name == "--help")
            options.mode = Options::Mode::help;
        else
            throw std::invalid_argument("unknown option " + std::string(name));
    }
    options.supervisor.connected_fd = options.fd;
    if (options.mode == Options::Mode::shard && (options.fd < 0 || options.crumbs_fd < 0))
        throw std::invalid_argument("--shard is for the program itself");
    if (options.mode == Options::Mode::supervisor && options.fd < 0 && options.supervisor.socket_path.empty())
        throw std::invalid_argument("either --socket or --fd is needed");
    return options;
}

}  // namespace gatehouse::mediad
