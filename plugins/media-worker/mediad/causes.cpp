#include "causes.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

#include <gatehouse/media_protocol/text.h>

namespace gatehouse::mediad {

const char* plain_words(Cause cause) {
    switch (cause) {
        case Cause::none:
            return "";
        case Cause::refused:
            return "the camera refuses the connection: nothing listens on that port";
        case Cause::unreachable:
            return "the camera does not answer: it is off, or not reachable from here";
        case Cause::name_unknown:
            return "the camera's host name is not known";
        case Cause::wrong_credentials:
            return "wrong user or password";
        case Cause::not_found:
            return "the camera does not know this path: check the stream's address";
        case Cause::no_answer:
            return "the camera accepts the connection but does not answer";
        case Cause::no_video:
            return "the camera offers no video";
        case Cause::unsupported_codec:
            return "the camera's video is neither H.264 nor H.265";
        case Cause::no_pictures:
            return "the camera answers but sends no pictures";
        case Cause::connection_lost:
            return "the camera closed the connection";
        case Cause::ended:
            return "the camera ended the stream";
        case Cause::bad_url:
            return "the address is not a usable rtsp:// address";
        case Cause::camera_error:
            return "the camera refuses the stream";
        case Cause::worker_restarted:
            return "the media process was started again";
        case Cause::bad_stream:
            return "the camera's pictures cannot be understood";
    }
    return "";
}

Failure failure(Cause cause) { return {cause, plain_words(cause)}; }
Failure failure(Cause cause, std::string text) { return {cause, std::move(text)}; }

Failure failure_from_status(int status, const std::string& reason) {
    switch (status) {
        case 401:
        case 403:
            return failure(Cause::wrong_credentials);
        case 404:
            return failure(Cause::not_found);
        default:
            break;
    }
    Failure result =
        failure(Cause::camera_error, "the camera refuses the stream: it answers " + std::to_string(status) +
                                         (reason.empty() ? "" : " " + media_protocol::clean_text(reason, 80)));
    result.transport_refused = status == 461;
    return result;
}

Failure failure_from_text(const std::string& text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    static constexpr std::array<std::pair<std::string_view, Cause>, 22> kSigns{{
        {"connection refused", Cause::refused},
        {"unauthorized", Cause::wrong_credentials},
        {"not authorized", Cause::wrong_credentials},
        {"(401)", Cause::wrong_credentials},
        {"(403)", Cause::wrong_credentials},
        {"(404)", Cause::not_found},
        {"no route to host", Cause::unreachable},
        {"network is unreachable", Cause::unreachable},
        {"connection timed out", Cause::unreachable},
        {"error resolving", Cause::name_unknown},
        {"name or service not known", Cause::name_unknown},
        {"temporary failure in name resolution", Cause::name_unknown},
        {"connection reset", Cause::connection_lost},
        {"server closed the connection", Cause::connection_lost},
        {"broken pipe", Cause::connection_lost},
        {"could not read", Cause::connection_lost},
        {"could not receive", Cause::connection_lost},
        {"end-of-file", Cause::connection_lost},
        {"timeout while waiting for server response", Cause::no_answer},
        {"timeout", Cause::no_answer},
        {"timed out", Cause::no_answer},
        {"failed to connect", Cause::unreachable},
    }};
    for (const auto& [sign, cause] : kSigns)
        if (lower.find(sign) != std::string::npos) return failure(cause);
    Failure other = failure(Cause::camera_error);
    other.transport_refused =
        lower.find("unsupported transport") != std::string::npos || lower.find("(461)") != std::string::npos;
    return other;
}

}  // namespace gatehouse::mediad
