#include "request_handler.h"

#include <string>
#include <utility>

namespace gatehouse::hls {
namespace {

void not_found(http::Responder responder) { responder.fail(404, "there is no such stream"); }

void not_yet(const http::Request& request, http::Responder responder) {
    auto response = http::Response::json(
        503, http::error_json("the stream has no picture at this moment; try again", request.request_id()));
    response.headers.emplace_back("Retry-After", "1");
    response.headers.emplace_back("Cache-Control", "no-store");
    responder.send(std::move(response));
}

// Null where there is none, or where it is too old to be shown.
const PublishedStream* shown(const PublishedCamera* camera, StreamRole role, MonotonicTime now) {
    const PublishedStream* stream = camera == nullptr ? nullptr : camera->stream(role);
    return stream != nullptr && now <= stream->shown_until ? stream : nullptr;
}

}  // namespace

void RequestHandler::handle(http::Request& request, http::Responder responder) {
    const std::string_view key = request.parameter(0);
    const FileName name = parse_file_name(request.parameter(1));
    if (!is_stream_key(key) || name.kind == FileName::Kind::kUnknown) return not_found(std::move(responder));
    thread_local std::string lookup;  // keeps its memory: no allocation per request
    lookup.assign(key);
    const auto catalogue = parts_.catalogue.snapshot();
    const Camera* camera = catalogue->find_by_stream_key(lookup);
    if (camera == nullptr || !camera->enabled || !parts_.accounts.may_view(request.caller(), *camera))
        return not_found(std::move(responder));
    answer(request, *camera, name, std::move(responder));
}

void RequestHandler::answer(const http::Request& request, const Camera& camera, const FileName& name,
                            http::Responder responder) {
    const auto published = parts_.publisher.find(camera.uuid);
    const auto now = parts_.clock.monotonic_now();
    if (name.kind == FileName::Kind::kIndex) {
        const bool any = shown(published.get(), StreamRole::kMain, now) || shown(published.get(), StreamRole::kSub, now);
        return answer_playlist(request, camera, name, any ? published->index : nullptr, std::move(responder));
    }
    if (name.role == StreamRole::kSub && !camera.sub) return not_found(std::move(responder));
    const PublishedStream* stream = shown(published.get(), name.role, now);
    if (name.kind == FileName::Kind::kPlaylist)
        return answer_playlist(request, camera, name, stream == nullptr ? nullptr : stream->playlist,
                               std::move(responder));
    const PublishedFile* file = nullptr;
    if (stream != nullptr)
        file = name.kind == FileName::Kind::kSegment ? stream->segment(name.number) : stream->init(name.number);
    if (file == nullptr) return not_found(std::move(responder));
    if (file->entity) return responder.send(http::Response::of(file->entity));
    parts_.origin.answer(camera, name.role, *file, std::string(request.request_id()), std::move(responder));
}

void RequestHandler::answer_playlist(const http::Request& request, const Camera& camera, const FileName& name,
                                     std::shared_ptr<const http::Entity> entity, http::Responder responder) {
    parts_.engine->demand(camera.uuid, name.role);
    if (!entity) return not_yet(request, std::move(responder));
    parts_.viewers.touch(camera.id, request.client_address(), request.header("User-Agent"));
    responder.send(http::Response::of(std::move(entity)));
}

}  // namespace gatehouse::hls
