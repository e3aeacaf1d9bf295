// How handlers of the core answer: one place that turns exceptions into the documented error shape.
#pragma once

#include <Poco/JSON/Object.h>
#include <Poco/Logger.h>

#include <cstdint>
#include <functional>
#include <string>

#include <gatehouse/http.h>

#include "catalogue/changes.h"

namespace gatehouse::api {

// Runs `make` and sends what it gives. Exceptions become the error shape with the status of their code; what is not an
// Error is logged and answered with 500 "Internal server error".
void answer(http::Request& request, http::Responder responder, Poco::Logger& logger,
            const std::function<http::Response(http::Request&)>& make);

// An answer that caches on the way must ask about each time (it has an ETag), and one they must not keep.
http::Response fresh_json(std::string body);
http::Response private_json(int status, std::string body);

// Status 400: {"success":false,"message":"Invalid request data","errors":[{field,message}],"request_id":...}
http::Response validation_answer(const catalogue::ValidationError& failure, std::string_view request_id);

// The body as a JSON object. Error(kInvalidArgument) where it is none; another Content-Type than application/json is
// answered with 415 by answer().
Poco::JSON::Object::Ptr body_of(const http::Request& request);

// A path parameter of one to nine digits, as the documented interface has ids. Error(kInvalidArgument) otherwise.
std::int64_t id_of(const http::Request& request, std::size_t parameter = 0);

}  // namespace gatehouse::api
