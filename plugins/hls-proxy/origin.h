// Files whose bytes are not in the engine's window: fetched once, however many viewers ask.
#pragma once

#include <gatehouse/cache.h>
#include <gatehouse/catalogue.h>
#include <gatehouse/http.h>
#include <gatehouse/media_engine.h>

#include <cstddef>
#include <memory>
#include <string>

#include "stream_view.h"

namespace gatehouse::hls {

// Thread-safe, non-blocking. What was fetched is kept in a memfd, so that it leaves by sendfile as everything else.
class Origin {
public:
    // Throws Error(kConflict) when the cache's name is taken.
    Origin(Caches& caches, std::shared_ptr<MediaEngine> engine, std::size_t byte_budget);

    // Answers `responder` once. A failure is remembered for two seconds, to protect the engine.
    void answer(const Camera& camera, StreamRole role, const PublishedFile& file, std::string request_id,
                http::Responder responder);

private:
    std::shared_ptr<MediaEngine> engine_;
    Cache<http::Entity> cache_;
};

// The bytes in a sealed memfd; small ones stay as they are. Throws std::system_error.
http::Body into_memfd(http::Body body);

}  // namespace gatehouse::hls
