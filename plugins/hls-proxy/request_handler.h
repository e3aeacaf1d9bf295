// Answers GET and HEAD of /hls/<stream key>/<file> on the loop lane.
#pragma once

#include <gatehouse/accounts.h>
#include <gatehouse/catalogue.h>
#include <gatehouse/clock.h>
#include <gatehouse/http.h>
#include <gatehouse/media_engine.h>

#include <memory>
#include <string_view>

#include "file_name.h"
#include "origin.h"
#include "publisher.h"
#include "viewer_table.h"

namespace gatehouse::hls {

// Thread-safe, never blocks. An unknown key, a camera that is disabled or that the caller may not see, and an unknown
// file are answered by the same 404, so that nobody learns which cameras there are.
class RequestHandler {
public:
    struct Parts {
        std::shared_ptr<MediaEngine> engine;
        Catalogue& catalogue;
        Accounts& accounts;
        const Clock& clock;
        Publisher& publisher;
        Origin& origin;
        ViewerTable& viewers;
    };
    explicit RequestHandler(Parts parts) : parts_(std::move(parts)) {}

    void handle(http::Request& request, http::Responder responder);

private:
    void answer(const http::Request& request, const Camera& camera, const FileName& name, http::Responder responder);
    void answer_playlist(const http::Request& request, const Camera& camera, const FileName& name,
                         std::shared_ptr<const http::Entity> entity, http::Responder responder);

    Parts parts_;
};

}  // namespace gatehouse::hls
