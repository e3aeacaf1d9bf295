// Keeps what is served of every camera in step with the engine and the catalogue.
#pragma once

#include <Poco/Logger.h>
#include <gatehouse/catalogue.h>
#include <gatehouse/clock.h>
#include <gatehouse/media_engine.h>
#include <gatehouse/scheduler.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "sequence_file.h"
#include "stream_view.h"

namespace gatehouse::hls {

// Immutable; what a request needs of one camera.
struct PublishedCamera {
    std::shared_ptr<const http::Entity> index;                      // of the streams that are there
    std::shared_ptr<const http::Entity> index_of_known;             // of those that were there once, too
    std::array<std::shared_ptr<const PublishedStream>, 2> streams;  // by StreamRole
    std::array<std::optional<Variant>, 2> known;                    // by StreamRole: as they were last
    bool has_sub = false;                                           // is configured
    MonotonicTime shown_since{};                                    // the first of the streams that are there

    const PublishedStream* stream(StreamRole role) const noexcept {
        return streams[static_cast<std::size_t>(role)].get();
    }
};

// Thread-safe. find() is for the loop lane; everything else runs on the worker lane.
class Publisher : public std::enable_shared_from_this<Publisher> {
public:
    struct Parts {
        std::shared_ptr<MediaEngine> engine;
        Catalogue& catalogue;
        Scheduler& scheduler;
        const Clock& clock;
        Poco::Logger& logger;
        std::unique_ptr<SequenceFile> sequences;  // null: numbers are kept in memory only
    };
    Publisher(Parts parts, ViewOptions options);

    // `published` is told what is served of a camera anew, on the worker lane, outside the publisher's locks. To be set
    // before anything else is called.
    void on_published(std::function<void(const std::string& camera_uuid)> published) { told_ = std::move(published); }

    // Null where nothing was ever published.
    std::shared_ptr<const PublishedCamera> find(const std::string& camera_uuid) const;
    // The engine has a new window: posts the work. Any thread, does not block.
    void changed(const std::string& camera_uuid, StreamRole role);
    // After a change of the catalogue, and at the start.
    void refresh_all();
    // Lets go of what has become too old, and does what could not be posted.
    void tick();
    std::size_t published_streams() const;
    // Sequences that could not be stored.
    std::uint64_t store_failures() const noexcept { return store_failures_; }

private:
    using Key = std::pair<std::string, StreamRole>;
    struct Stream {
        StreamView view;
        std::optional<SequenceState> state;
    };

    void drain();
    void update(const Camera& camera, StreamRole role);
    void read_window(const Key& key, Stream& stream);
    void show(const Camera& camera, StreamRole role, std::shared_ptr<const PublishedStream> stream);
    void forget_absent(const CatalogueSnapshot& catalogue);

    Parts parts_;
    const ViewOptions options_;
    std::function<void(const std::string& camera_uuid)> told_;

    std::mutex pending_mutex_;
    std::set<Key> pending_;
    bool posted_ = false;

    std::mutex build_mutex_;  // one build at a time: guards streams_ and the sequence file
    std::map<Key, Stream> streams_;
    std::atomic<std::uint64_t> store_failures_{0};

    mutable std::shared_mutex published_mutex_;
    std::unordered_map<std::string, std::shared_ptr<const PublishedCamera>> published_;
};

}  // namespace gatehouse::hls
