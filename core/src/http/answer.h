// From a handler's Response to the bytes that leave: status by conditions and ranges, fields of this answer alone.
#pragma once

#include <string_view>

namespace gatehouse::http {

class Exchange;

// Fills the exchange's status, parts, file range and close_after from its response. `date_line` ends in CRLF.
void compose_answer(Exchange& exchange, std::string_view date_line);

}  // namespace gatehouse::http
