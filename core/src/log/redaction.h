// Takes secrets out of a log line. It would rather hide too much than too little.
#pragma once

#include <string>
#include <string_view>

namespace gatehouse::log {

// Replaces by "***": user information in URLs; values after password, passwd, pwd, secret, token, api key (as
// "key=value", "key: value" or JSON); what follows Authorization, Proxy-Authorization, Cookie and Set-Cookie; bearer
// tokens. Pure.
std::string redacted(std::string_view text);

// Makes one printable line: control characters become \n, \t or \xNN, so that nobody writes log lines of his own or
// drives a terminal. Pure.
std::string one_line(std::string_view text);

}  // namespace gatehouse::log
