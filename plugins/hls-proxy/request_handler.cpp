#include "request_handler.h"

#include <Poco/String.h>
#include <Poco/StringTokenizer.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

namespace gatehouse::hls {
namespace {

// How long a viewer waits for an index with both streams once one is there: players read it once.
constexpr std::chrono::seconds kSecondStream{3};

void not_found(http::Responder responder) { responder.fail(404, "there is no such stream"); }

void not_yet(std::string_view request_id, http::Responder responder) {
    auto response =
        http::Response::json(503, http::error_json("the stream has no picture at this moment; try again", request_id));
    response.headers.emplace_back("Retry-After", "1");
    response.headers.emplace_back("Cache-Control", "no-store");
    responder.send(std::move(response));
}

// How long the client wants to wait at most: "Prefer: wait=<seconds>" (RFC 7240 section 4.3). A browser has six
// connections to a host, and a page may need them for other things than cameras whose pictures are on their way.
std::optional<std::chrono::seconds> preferred_wait(const std::string& prefer) {
    static const std::string kWait = "wait=";
    for (const auto& preference : Poco::StringTokenizer(prefer, ",")) {
        const std::string one = Poco::trim(preference.substr(0, preference.find(';')));
        if (Poco::icompare(one, 0, kWait.size(), kWait) != 0) continue;
        unsigned seconds = 0;
        const char* end = one.data() + one.size();
        const auto read = std::from_chars(one.data() + kWait.size(), end, seconds);
        if (read.ec == std::errc() && read.ptr == end) return std::chrono::seconds(std::min(seconds, 3'600U));
    }
    return std::nullopt;
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
    if (name.role == StreamRole::kSub && !camera.sub) return not_found(std::move(responder));
    if (name.kind == FileName::Kind::kIndex || name.kind == FileName::Kind::kPlaylist)
        return answer_playlist(request, camera, name, std::move(responder));
    const auto published = parts_.publisher.find(camera.uuid);
    const PublishedStream* stream = shown(published.get(), name.role, parts_.clock.monotonic_now());
    const PublishedFile* file = nullptr;
    if (stream != nullptr)
        file = name.kind == FileName::Kind::kSegment ? stream->segment(name.number) : stream->init(name.number);
    const bool other_kind =
        file != nullptr && name.kind == FileName::Kind::kSegment && file->container != name.container;
    if (file == nullptr || other_kind) return not_found(std::move(responder));
    if (file->entity) return responder.send(http::Response::of(file->entity));
    parts_.origin.answer(camera, name.role, *file, std::string(request.request_id()), std::move(responder));
}

void RequestHandler::answer_playlist(const http::Request& request, const Camera& camera, const FileName& name,
                                     http::Responder responder) {
    demand(camera, name);  // first: what is wanted may be coming
    auto entity = playlist(camera.uuid, name);
    const bool worth_waiting = !entity || !is_final(camera.uuid, name);
    if (worth_waiting && let_wait(request, camera, name, responder)) return;
    if (!entity) return not_yet(request.request_id(), std::move(responder));
    parts_.viewers.touch(camera.id, request.client_address(), request.header("User-Agent"));
    responder.send(http::Response::of(std::move(entity)));
}

// Null where there is nothing to show.
std::shared_ptr<const http::Entity> RequestHandler::playlist(const std::string& camera_uuid,
                                                             const FileName& name) const {
    const auto published = parts_.publisher.find(camera_uuid);
    const auto now = parts_.clock.monotonic_now();
    const PublishedStream* stream = shown(published.get(), name.role, now);
    if (name.kind == FileName::Kind::kPlaylist) return stream == nullptr ? nullptr : stream->playlist;
    const bool any = stream != nullptr || shown(published.get(), StreamRole::kSub, now) != nullptr;
    if (!any) return nullptr;
    return late_stream(camera_uuid, *published) ? published->index_of_known : published->index;
}

// The stream of which nothing is shown although it is about to come, and the camera's other one is there.
std::optional<StreamRole> RequestHandler::late_stream(const std::string& camera_uuid,
                                                      const PublishedCamera& camera) const {
    const auto now = parts_.clock.monotonic_now();
    const bool main = shown(&camera, StreamRole::kMain, now) != nullptr;
    const bool sub = shown(&camera, StreamRole::kSub, now) != nullptr;
    if (!camera.has_sub || main == sub) return std::nullopt;
    const StreamRole late = main ? StreamRole::kSub : StreamRole::kMain;
    return parts_.engine->coming(camera_uuid, late) ? std::optional(late) : std::nullopt;
}

// False: the index lacks a stream that it may have in a moment.
bool RequestHandler::is_final(const std::string& camera_uuid, const FileName& name) const {
    if (name.kind != FileName::Kind::kIndex) return true;
    const auto published = parts_.publisher.find(camera_uuid);
    const auto late = published ? late_stream(camera_uuid, *published) : std::nullopt;
    return !late || published->known[static_cast<std::size_t>(*late)];
}

// There is nothing to wait for any more.
bool RequestHandler::is_decided(const std::string& camera_uuid, const FileName& name, MonotonicTime waits_since) const {
    if (!coming(camera_uuid, name)) return true;
    if (!playlist(camera_uuid, name)) return false;
    if (is_final(camera_uuid, name)) return true;
    const auto published = parts_.publisher.find(camera_uuid);
    return parts_.clock.monotonic_now() >= std::max(waits_since, published->shown_since) + kSecondStream;
}

// The engine knows that the camera is away. Browsers have six connections to a host, and a wall of such cameras must
// not hold them all: the page asks again when the camera is back.
bool RequestHandler::is_away(const Camera& camera, const FileName& name) const {
    const CameraLive live = parts_.catalogue.live(camera);
    if (live.state != CameraLive::State::kOffline) return false;
    const bool sub_too = name.role == StreamRole::kSub || name.kind == FileName::Kind::kIndex;
    return !(sub_too && camera.sub && live.sub_live);
}

// The index offers both streams of a camera, so both are wanted when it is asked for.
void RequestHandler::demand(const Camera& camera, const FileName& name) {
    parts_.engine->demand(camera.uuid, name.role);
    if (name.kind == FileName::Kind::kIndex && camera.sub) parts_.engine->demand(camera.uuid, StreamRole::kSub);
}

bool RequestHandler::coming(const std::string& camera_uuid, const FileName& name) const {
    return parts_.engine->coming(camera_uuid, name.role) ||
           (name.kind == FileName::Kind::kIndex && parts_.engine->coming(camera_uuid, StreamRole::kSub));
}

bool RequestHandler::let_wait(const http::Request& request, const Camera& camera, const FileName& name,
                              http::Responder& responder) {
    if (closed_ || parts_.longest_wait.count() == 0 || !coming(camera.uuid, name)) return false;
    if (is_away(camera, name)) return false;
    // For an index with both streams everybody waits: players read it once.
    auto wait = parts_.longest_wait;
    if (const auto wanted = preferred_wait(std::string(request.header("Prefer")));
        wanted && !playlist(camera.uuid, name))
        wait = std::min<std::chrono::milliseconds>(wait, *wanted);
    if (wait.count() == 0) return false;
    const auto now = parts_.clock.monotonic_now();
    WaitingViewer viewer{std::move(responder),
                         name,
                         camera.id,
                         camera.uuid,
                         std::string(request.client_address()),
                         std::string(request.header("User-Agent")),
                         std::string(request.request_id()),
                         now,
                         now + wait};
    if (!waiting_.enter(camera.uuid, viewer)) {
        responder = std::move(viewer.responder);
        return false;
    }
    // It may have been published, or have failed, since we looked.
    if (closed_)
        close();
    else if (is_decided(camera.uuid, name, now))
        published(camera.uuid);
    return true;
}

void RequestHandler::published(const std::string& camera_uuid) {
    std::shared_lock open(open_mutex_);
    if (closed_) return;
    let_go(waiting_.take(
        camera_uuid, [&](const WaitingViewer& viewer) { return is_decided(camera_uuid, viewer.file, viewer.since); }));
}

// With what there is by now.
void RequestHandler::let_go(std::vector<WaitingViewer> leaving) {
    for (auto& viewer : leaving) {
        auto entity = playlist(viewer.camera_uuid, viewer.file);
        if (!entity) {
            not_yet(viewer.request_id, std::move(viewer.responder));
            continue;
        }
        parts_.viewers.touch(viewer.camera_id, viewer.address, viewer.user_agent);
        viewer.responder.send(http::Response::of(std::move(entity)));
    }
}

void RequestHandler::tick() {
    std::shared_lock open(open_mutex_);
    if (closed_) return;
    const auto now = parts_.clock.monotonic_now();
    let_go(waiting_.take_all([&](const std::string& camera_uuid, const WaitingViewer& viewer) {
        return now >= viewer.until || is_decided(camera_uuid, viewer.file, viewer.since);
    }));
}

void RequestHandler::close() {
    closed_ = true;
    { std::unique_lock wait_for_others(open_mutex_); }
    auto leaving = waiting_.take_all([](const std::string&, const WaitingViewer&) { return true; });
    for (auto& viewer : leaving) not_yet(viewer.request_id, std::move(viewer.responder));
}

}  // namespace gatehouse::hls
