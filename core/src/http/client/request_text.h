// A request as bytes. Pure.
#pragma once

#include <string>

#include <gatehouse/http_client.h>

namespace gatehouse::http {

// Error(kInvalidArgument) where a part could be read as something else: line breaks in a field, spaces in the target, a
// field that is the client's own.
std::string request_text(const HttpClientRequest& request, const std::string& user_agent);

}  // namespace gatehouse::http
