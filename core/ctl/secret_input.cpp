#include "secret_input.h"

#include <termios.h>
#include <unistd.h>

#include <iostream>

#include "failure.h"

namespace gatehouse::ctl {

namespace {

class EchoOff {
public:
    EchoOff() : terminal_(::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &before_) == 0) {
        if (!terminal_) return;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    ~EchoOff() {
        if (terminal_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    EchoOff(const EchoOff&) = delete;
    EchoOff& operator=(const EchoOff&) = delete;
    bool terminal() const { return terminal_; }

private:
    termios before_{};
    bool terminal_;
};

}  // namespace

std::string read_secret(const std::string& prompt) {
    constexpr std::size_t kLongest = 4096;
    std::string line;
    {
        const EchoOff echo;
        if (echo.terminal()) std::cerr << prompt << ": " << std::flush;
        if (!std::getline(std::cin, line)) throw Failure(kUsage, "standard input ended before the " + prompt);
        if (echo.terminal()) std::cerr << "\n";
    }
    if (line.ends_with('\r')) line.pop_back();
    if (line.size() > kLongest) throw Failure(kUsage, "the " + prompt + " is longer than 4096 bytes");
    return line;
}

bool confirm(const std::string& question) {
    if (::isatty(STDIN_FILENO) != 1)
        throw Failure(kUsage, question + " There is no terminal to confirm at: say --yes to go ahead.");
    std::cerr << question << " [y/N] " << std::flush;
    std::string line;
    return std::getline(std::cin, line) && (line == "y" || line == "Y" || line == "yes");
}

}  // namespace gatehouse::ctl
