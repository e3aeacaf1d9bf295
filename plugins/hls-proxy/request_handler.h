// Answers GET and HEAD of /hls/<stream key>/<file> on the loop lane.
#pragma once

#include <gatehouse/accounts.h>
#include <gatehouse/catalogue.h>
#include <gatehouse/clock.h>
#include <gatehouse/http.h>
#include <gatehouse/media_engine.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "file_name.h"
#include "origin.h"
#include "publisher.h"
#include "viewer_table.h"
#include "waiting_room.h"

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
        std::chrono::milliseconds longest_wait{0};  // for the first pictures of a stream; 0: nobody waits
    };
    explicit RequestHandler(Parts parts) : parts_(std::move(parts)) {}

    void handle(http::Request& request, http::Responder responder);

    // Answers the viewers who wait for a camera and whose playlist is there, or will not come.
    void published(const std::string& camera_uuid);
    // Sends those away whose time is over.
    void tick();
    // Sends everybody away, and lets nobody wait any more. Afterwards published() and tick() touch nothing.
    void close();

private:
    void answer(const http::Request& request, const Camera& camera, const FileName& name, http::Responder responder);
    void answer_playlist(const http::Request& request, const Camera& camera, const FileName& name,
                         http::Responder responder);
    std::shared_ptr<const http::Entity> playlist(const std::string& camera_uuid, const FileName& name) const;
    std::optional<StreamRole> late_stream(const std::string& camera_uuid, const PublishedCamera& camera) const;
    bool is_final(const std::string& camera_uuid, const FileName& name) const;
    bool is_away(const Camera& camera, const FileName& name) const;
    bool is_decided(const std::string& camera_uuid, const FileName& name, MonotonicTime waits_since) const;
    void let_go(std::vector<WaitingViewer> leaving);
    void demand(const Camera& camera, const FileName& name);
    bool coming(const std::string& camera_uuid, const FileName& name) const;
    bool let_wait(const http::Request& request, const Camera& camera, const FileName& name, http::Responder& responder);

    Parts parts_;
    WaitingRoom waiting_;
    std::shared_mutex open_mutex_;  // shared by those who answer out of the waiting room; close() waits for them
    std::atomic<bool> closed_{false};
};

}  // namespace gatehouse::hls
