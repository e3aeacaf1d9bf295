#include "api/answering.h"

#include <Poco/String.h>

#include <algorithm>
#include <exception>

#include <gatehouse/error.h>

#include "api/contract/json_fields.h"
#include "api/json_body.h"

namespace gatehouse::api {

namespace {

struct UnsupportedMediaType {};

http::Response json(int status, std::string body, const char* cache_control) {
    http::Entity::Options options;
    options.status = status;
    options.cache_control = cache_control;
    return http::Response::of(http::Entity::make(std::move(options), http::Body::text(std::move(body))));
}

}  // namespace

void answer(http::Request& request, http::Responder responder, Poco::Logger& logger,
            const std::function<http::Response(http::Request&)>& make) {
    try {
        responder.send(make(request));
    } catch (const catalogue::ValidationError& failure) {
        responder.send(validation_answer(failure, request.request_id()));
    } catch (const UnsupportedMediaType&) {
        responder.fail(415, "The body must be JSON, with Content-Type: application/json");
    } catch (const Error& failure) {
        if (failure.error_code() == ErrorCode::kInternal)
            logger.error(std::string(request.request_id()) + ": " + failure.message());
        responder.fail(http_status(failure.error_code()), failure.message());
    } catch (const Poco::Exception& failure) {
        logger.error(std::string(request.request_id()) + ": " + failure.displayText());
        responder.fail(500, "Internal server error");
    } catch (const std::exception& failure) {
        logger.error(std::string(request.request_id()) + ": " + failure.what());
        responder.fail(500, "Internal server error");
    }
}

http::Response fresh_json(std::string body) { return json(200, std::move(body), "no-cache"); }
http::Response private_json(int status, std::string body) { return json(status, std::move(body), "no-store"); }

http::Response validation_answer(const catalogue::ValidationError& failure, std::string_view request_id) {
    auto body = contract::json_object();
    body->set("success", false);
    body->set("message", failure.message());
    auto errors = contract::json_array();
    for (const auto& each : failure.errors()) {
        auto entry = contract::json_object();
        entry->set("field", each.field);
        entry->set("message", each.message);
        errors->add(entry);
    }
    body->set("errors", errors);
    body->set("request_id", std::string(request_id));
    return private_json(400, contract::text_of(body));
}

Poco::JSON::Object::Ptr body_of(const http::Request& request) {
    std::string type(request.header("Content-Type"));
    type.resize(std::min(type.size(), type.find(';')));
    Poco::trimInPlace(type);
    if (Poco::icompare(type, "application/json") != 0 && !(type.empty() && request.body().empty()))
        throw UnsupportedMediaType();
    return parse_json_object(request.body());
}

std::int64_t id_of(const http::Request& request, std::size_t parameter) {
    const std::string text(request.parameter(parameter));
    const bool digits = std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (text.empty() || text.size() > 9 || !digits)
        throw Error(ErrorCode::kInvalidArgument, "The id in the path must be a number");
    return std::stoll(text);
}

}  // namespace gatehouse::api
