// Secrets come by standard input, or by the keyboard without echo; never by the command line, which every user can
// read.
#pragma once

#include <iosfwd>
#include <string>

namespace gatehouse::ctl {

// One line without its end, at most 4096 bytes. On a terminal `prompt` is shown and the echo is off meanwhile. Throws
// Failure(kUsage) where there is no line.
std::string read_secret(const std::string& prompt);
// Asks on the terminal; false where the answer is not yes. Throws Failure(kUsage) where there is no terminal to ask at.
bool confirm(const std::string& question);

}  // namespace gatehouse::ctl
