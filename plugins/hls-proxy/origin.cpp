#include "origin.h"

#include <gatehouse/error.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace gatehouse::hls {
namespace {

constexpr std::size_t kSmallBytes = 16 * 1024;

void send_failure(http::Responder& responder, const std::exception_ptr& failure, const std::string& request_id) {
    int status = 502;
    std::string message = "the media engine did not deliver the file";
    bool again = true;
    try {
        std::rethrow_exception(failure);
    } catch (const Error& e) {
        status = http_status(e.error_code());
        again = retryable(e.error_code());
        if (status == 404) message = "there is no such stream";
    } catch (...) {
    }
    auto response = http::Response::json(status, http::error_json(message, request_id));
    if (again) response.headers.emplace_back("Retry-After", "2");
    responder.send(std::move(response));
}

}  // namespace

http::Body into_memfd(http::Body body) {
    if (body.is_file() || body.size() < kSmallBytes) return body;
    auto file =
        std::make_shared<const http::SharedFile>(::memfd_create("gatehouse-hls", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (file->fd() < 0) throw std::system_error(errno, std::generic_category(), "memfd_create");
    std::string_view left = body.memory();
    while (!left.empty()) {
        const ssize_t written = ::write(file->fd(), left.data(), left.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) throw std::system_error(errno, std::generic_category(), "memfd");
        left.remove_prefix(static_cast<std::size_t>(written));
    }
    ::fcntl(file->fd(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    return http::Body::file(std::move(file), 0, body.size());
}

Origin::Origin(Caches& caches, std::shared_ptr<MediaEngine> engine, std::size_t byte_budget)
    : engine_(std::move(engine)) {
    CacheOptions options;
    options.ttl = std::chrono::seconds(60);  // files never change; they leave the playlist sooner
    options.byte_budget = byte_budget;
    options.negative_ttl = std::chrono::seconds(2);
    cache_ = caches.make<http::Entity>("hls.origin", options);
}

void Origin::answer(const Camera& camera, StreamRole role, const PublishedFile& file, std::string request_id,
                    http::Responder responder) {
    const bool is_public = camera.visibility == Visibility::kPublic;
    const std::string key = camera.uuid + "/" + std::string(name(role)) + "/" + std::to_string(file.public_run_id) +
                            "/" + std::to_string(file.number) + (is_public ? "" : "/private");
    auto load = [engine = engine_, uuid = camera.uuid, role, file, is_public,
                 tag = "camera:" + std::to_string(camera.id)](CacheStore::Finish finish) {
        engine->fetch(uuid, role, file.run_id, file.number,
                      [file, is_public, tag, finish](http::Body body, std::exception_ptr failure) {
                          try {
                              if (failure) std::rethrow_exception(failure);
                              if (body.size() == 0)
                                  throw Error(ErrorCode::kBadUpstream, "the media engine gave an empty file");
                              const auto bytes = static_cast<std::size_t>(body.size());
                              auto entity =
                                  media_entity(into_memfd(std::move(body)), is_public, file.tag, file.container);
                              finish({std::move(entity), bytes, {tag}, {}}, nullptr);
                          } catch (...) {
                              finish({}, std::current_exception());
                          }
                      });
    };
    auto shared = std::make_shared<http::Responder>(std::move(responder));
    cache_.get_or_load(key, std::move(load),
                       [shared, request_id = std::move(request_id)](std::shared_ptr<const http::Entity> entity,
                                                                    std::exception_ptr failure) {
                           if (entity) return shared->send(http::Response::of(std::move(entity)));
                           send_failure(*shared, failure, request_id);
                       });
}

}  // namespace gatehouse::hls
