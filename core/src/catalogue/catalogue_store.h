// Cameras and areas: the tables behind the snapshot, every change checked, durable, told and published.
#pragma once

#include <Poco/Logger.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gatehouse/cache.h>
#include <gatehouse/catalogue.h>
#include <gatehouse/clock.h>
#include <gatehouse/db.h>
#include <gatehouse/events.h>

#include "catalogue/changes.h"
#include "catalogue/master_key.h"

namespace gatehouse::catalogue {

// Thread-safe. The changing functions block (worker lane) until the change is on the disk, the snapshot is the new one
// and the caches are cleared of the old one. `actor` names who did it, for the fact that is published: "uid 0 (root)".
//
// Errors: ValidationError (400, all problems at once); Error(kNotFound) "Camera not found" / "Area not found";
// Error(kInvalidArgument) with the texts of the documented interface; Error(kUnavailable) when the database cannot
// write. On any error nothing was changed.
class CatalogueStore final : public Catalogue {
public:
    // Blocking: reads the tables, which `database` (opened with database_identity() of schema.h) has made. Everything
    // given must outlive the store.
    CatalogueStore(Database& database, const MasterKey& key, Events& events, Caches& caches, const Clock& clock,
                   Poco::Logger& logger);
    ~CatalogueStore() override;

    // Problems found while reading the input come in `found` and are reported together with those of the values.
    Camera create_camera(const CameraChange& change, const std::string& actor, std::vector<FieldError> found = {});
    // "No fields to update" where the change is empty.
    Camera update_camera(std::int64_t id, const CameraChange& change, const std::string& actor,
                         std::vector<FieldError> found = {});
    void remove_camera(std::int64_t id, const std::string& actor);
    // A new stream key: every address handed out before stops working.
    Camera rotate_stream_key(std::int64_t id, const std::string& actor);

    // "Area name already exists" where the name is taken.
    Area create_area(const AreaChange& change, const std::string& actor, std::vector<FieldError> found = {});
    Area update_area(std::int64_t id, const AreaChange& change, const std::string& actor,
                     std::vector<FieldError> found = {});
    // Refused while cameras are assigned: "Cannot delete area. It is currently assigned to N cameras."
    void remove_area(std::int64_t id, const std::string& actor);

    std::shared_ptr<const CatalogueSnapshot> snapshot() const override;
    // A sub stream without credentials of its own uses those of the main stream where both are on the same host.
    Credentials credentials(const Camera& camera, StreamRole role) const override;
    Registration provide_live(std::string engine_name, std::function<CameraLive(const Camera&)> read) override;
    Registration provide_stream_url(std::string kind, std::function<std::string(const Camera&)> url) override;
    // Never throws. A camera whose credentials do not open is offline, and its cause says so.
    CameraLive live(const Camera& camera) const override;
    std::string engine_name() const override;
    std::optional<std::string> stream_url(const std::string& kind, const Camera& camera) const override;

private:
    struct State;
    struct Tables;
    struct Providers;
    template <class Change>
    auto change_tables(const char* label, Change change);
    std::shared_ptr<const State> state() const;
    std::shared_ptr<const State> build(Tables tables);
    void replace(std::shared_ptr<const State> state);

    Database& database_;
    const MasterKey& key_;
    Events& events_;
    Caches& caches_;
    const Clock& clock_;
    Poco::Logger& logger_;
    std::atomic<std::uint64_t> last_revision_{0};
    mutable std::mutex state_mutex_;
    std::shared_ptr<const State> state_;
    std::unique_ptr<Providers> providers_;
};

}  // namespace gatehouse::catalogue
