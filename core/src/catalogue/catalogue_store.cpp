#include "catalogue/catalogue_store.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include <map>
#include <sstream>
#include <utility>

#include <gatehouse/error.h>

#include "catalogue/area_rows.h"
#include "catalogue/camera_rows.h"
#include "catalogue/edits.h"
#include "catalogue/provider.h"
#include "catalogue/random_id.h"
#include "catalogue/rtsp_url.h"

namespace gatehouse::catalogue {

namespace {

std::string fact_payload(std::int64_t id, const std::string& name, const std::string& actor,
                         const ChangedFields& changed) {
    Poco::JSON::Object::Ptr payload(new Poco::JSON::Object(Poco::JSON_PRESERVE_KEY_ORDER));
    payload->set("id", static_cast<Poco::Int64>(id));
    payload->set("name", name);
    payload->set("actor", actor);
    Poco::JSON::Array::Ptr fields(new Poco::JSON::Array);
    for (const auto& field : changed) fields->add(field);
    payload->set("changed", fields);
    std::ostringstream text;
    payload->stringify(text);
    return text.str();
}

void publish_camera(WriteTx& tx, const char* type, const Camera& camera, const std::string& actor,
                    const ChangedFields& changed) {
    tx.publish({type, camera.uuid, fact_payload(camera.id, camera.name, actor, changed)});
}

void publish_area(WriteTx& tx, const char* type, const Area& area, const std::string& actor,
                  const ChangedFields& changed) {
    tx.publish({type, std::to_string(area.id), fact_payload(area.id, area.name, actor, changed)});
}

CameraRow require_camera(ReadTx& tx, std::int64_t id) {
    if (auto row = load_camera(tx, id)) return *row;
    throw Error(ErrorCode::kNotFound, "Camera not found");
}

Area require_area(ReadTx& tx, std::int64_t id) {
    if (auto area = load_area(tx, id)) return *area;
    throw Error(ErrorCode::kNotFound, "Area not found");
}

// The area may have gone between the check against the snapshot and this transaction.
void require_area_of(ReadTx& tx, const Camera& camera) {
    if (camera.area_id && !load_area(tx, *camera.area_id))
        throw ValidationError(std::vector<FieldError>{{"area_id", "area_id names no area"}});
}

void require_free_name(ReadTx& tx, const Area& area) {
    const auto owner = find_area_named(tx, area.name);
    if (owner && *owner != area.id) throw Error(ErrorCode::kInvalidArgument, "Area name already exists");
}

std::string host_of(const std::string& url) {
    std::string ignored;
    const auto parsed = parse_rtsp_url(url, ignored);
    return parsed ? parsed->host : std::string();
}

}  // namespace

struct CatalogueStore::Tables {
    std::vector<CameraRow> cameras;
    std::vector<Area> areas;
    std::uint64_t revision = 0;
};

struct CatalogueStore::State {
    struct Sealed {
        SealedCredentials main, sub;
    };
    CatalogueSnapshot snapshot;
    std::unordered_map<std::string, Sealed> sealed;  // by camera uuid
    std::map<std::string, std::string> closed;       // cameras whose credentials do not open: uuid, name
};

struct CatalogueStore::Providers {
    Provider<CameraLive, Camera> live;
    mutable std::mutex mutex;
    std::map<std::string, std::shared_ptr<Provider<std::optional<std::string>, Camera>>> urls;  // by kind

    std::shared_ptr<Provider<std::optional<std::string>, Camera>> url(const std::string& kind, bool make) {
        const std::lock_guard lock(mutex);
        const auto it = urls.find(kind);
        if (it != urls.end() || !make) return it == urls.end() ? nullptr : it->second;
        return urls[kind] = std::make_shared<Provider<std::optional<std::string>, Camera>>();
    }
};

CatalogueStore::CatalogueStore(Database& database, const MasterKey& key, Events& events, Caches& caches,
                               const Clock& clock, Poco::Logger& logger)
    : database_(database),
      key_(key),
      events_(events),
      caches_(caches),
      clock_(clock),
      logger_(logger),
      providers_(std::make_unique<Providers>()) {
    state_ = build(database_.read("catalogue.load", [this](ReadTx& tx) {
        return Tables{load_cameras(tx), load_areas(tx), ++last_revision_};
    }));
    if (!state_->closed.empty())
        logger_.error(
            "The master key (id " + key_.id() + ") does not open the credentials of " +
            std::to_string(state_->closed.size()) + " camera(s), the first is '" + state_->closed.begin()->second +
            "': bring back the key they were sealed with, or enter them again with gatehousectl cameras edit");
}

CatalogueStore::~CatalogueStore() = default;

std::shared_ptr<const CatalogueStore::State> CatalogueStore::state() const {
    const std::lock_guard lock(state_mutex_);
    return state_;
}

std::shared_ptr<const CatalogueStore::State> CatalogueStore::build(Tables tables) {
    auto state = std::make_shared<State>();
    CatalogueSnapshot& snapshot = state->snapshot;
    snapshot.revision = tables.revision;
    for (auto& row : tables.cameras) {
        Camera& camera = row.camera;
        try {
            camera.main.user = open_credential(key_, camera.uuid, StreamRole::kMain, false, row.main.user);
            open_credential(key_, camera.uuid, StreamRole::kMain, true, row.main.password);
            if (camera.sub) {
                camera.sub->user = open_credential(key_, camera.uuid, StreamRole::kSub, false, row.sub.user);
                open_credential(key_, camera.uuid, StreamRole::kSub, true, row.sub.password);
            }
        } catch (const Error&) {
            state->closed.emplace(camera.uuid, camera.name);  // listed all the same; its stream says what is wrong
        }
        state->sealed.emplace(camera.uuid, State::Sealed{std::move(row.main), std::move(row.sub)});
        const std::size_t index = snapshot.cameras.size();
        snapshot.by_id.emplace(camera.id, index);
        snapshot.by_uuid.emplace(camera.uuid, index);
        snapshot.by_stream_key.emplace(camera.stream_key, index);
        snapshot.cameras.push_back(std::move(camera));
    }
    for (auto& area : tables.areas) {
        snapshot.area_by_id.emplace(area.id, snapshot.areas.size());
        snapshot.areas.push_back(std::move(area));
    }
    return state;
}

// Two changes may come back in either order; the later one's tables hold the earlier one's change too.
void CatalogueStore::replace(std::shared_ptr<const State> state) {
    const std::lock_guard lock(state_mutex_);
    if (state->snapshot.revision > state_->snapshot.revision) state_ = std::move(state);
}

// Runs `change(WriteTx&)` and reads the tables in the same transaction, so that a committed change cannot fail to show.
template <class Change>
auto CatalogueStore::change_tables(const char* label, Change change) {
    auto [result, tables] = database_
                                .write(label, Durability::kSync,
                                       [this, change = std::move(change)](WriteTx& tx) mutable {
                                           auto done = change(tx);
                                           Tables read{load_cameras(tx), load_areas(tx), ++last_revision_};
                                           return std::pair(std::move(done), std::move(read));
                                       })
                                .get();
    const std::uint64_t revision = tables.revision;
    replace(build(std::move(tables)));
    // Tags are told after the snapshot is the new one, so that no answer made from the old one survives.
    caches_.invalidate("cameras");
    caches_.invalidate("areas");
    events_.publish(CatalogueChanged{revision});
    return std::move(result);
}

Camera CatalogueStore::create_camera(const CameraChange& change, const std::string& actor,
                                     std::vector<FieldError> found) {
    const CheckedCamera checked = check_camera(change, Purpose::kCreate, snapshot()->areas, found);
    if (!found.empty()) throw ValidationError(std::move(found));
    CameraRow row;
    row.camera.uuid = random_uuid();
    row.camera.stream_key = random_uuid();
    row.camera.created_at = row.camera.updated_at = clock_.utc_now();
    const ChangedFields changed = apply(checked, key_, row);
    return change_tables("catalogue.camera.create", [row, changed, actor](WriteTx& tx) mutable {
        require_area_of(tx, row.camera);
        row.camera.id = insert_camera(tx, row);
        publish_camera(tx, "camera.created", row.camera, actor, changed);
        return row.camera;
    });
}

Camera CatalogueStore::update_camera(std::int64_t id, const CameraChange& change, const std::string& actor,
                                     std::vector<FieldError> found) {
    const auto before = snapshot();
    if (!before->find(id)) throw Error(ErrorCode::kNotFound, "Camera not found");
    const CheckedCamera checked = check_camera(change, Purpose::kUpdate, before->areas, found);
    if (!found.empty()) throw ValidationError(std::move(found));
    if (change.empty()) throw Error(ErrorCode::kInvalidArgument, "No fields to update");
    const UtcTime now = clock_.utc_now();
    Camera updated = change_tables("catalogue.camera.update", [this, id, checked, actor, now](WriteTx& tx) {
        CameraRow row = require_camera(tx, id);
        const ChangedFields changed = apply(checked, key_, row);
        if (changed.empty()) return row.camera;
        require_area_of(tx, row.camera);
        row.camera.updated_at = now;
        catalogue::update_camera(tx, row);
        publish_camera(tx, "camera.updated", row.camera, actor, changed);
        return row.camera;
    });
    caches_.invalidate("camera:" + std::to_string(id));
    return updated;
}

void CatalogueStore::remove_camera(std::int64_t id, const std::string& actor) {
    change_tables("catalogue.camera.remove", [id, actor](WriteTx& tx) {
        const CameraRow row = require_camera(tx, id);
        delete_camera(tx, id);
        publish_camera(tx, "camera.removed", row.camera, actor, {});
        return true;
    });
    caches_.invalidate("camera:" + std::to_string(id));
}

Camera CatalogueStore::rotate_stream_key(std::int64_t id, const std::string& actor) {
    const UtcTime now = clock_.utc_now();
    Camera updated = change_tables("catalogue.camera.rotate_key", [id, actor, now, key = random_uuid()](WriteTx& tx) {
        CameraRow row = require_camera(tx, id);
        row.camera.stream_key = key;
        row.camera.updated_at = now;
        catalogue::update_camera(tx, row);
        publish_camera(tx, "camera.updated", row.camera, actor, {"stream_key"});
        return row.camera;
    });
    caches_.invalidate("camera:" + std::to_string(id));
    return updated;
}

Area CatalogueStore::create_area(const AreaChange& change, const std::string& actor, std::vector<FieldError> found) {
    check_area(change, Purpose::kCreate, found);
    if (!found.empty()) throw ValidationError(std::move(found));
    Area area;
    area.created_at = clock_.utc_now();
    const ChangedFields changed = apply(change, area);
    return change_tables("catalogue.area.create", [area, changed, actor](WriteTx& tx) mutable {
        require_free_name(tx, area);
        area.id = insert_area(tx, area);
        publish_area(tx, "area.created", area, actor, changed);
        return area;
    });
}

Area CatalogueStore::update_area(std::int64_t id, const AreaChange& change, const std::string& actor,
                                 std::vector<FieldError> found) {
    if (!snapshot()->find_area(id)) throw Error(ErrorCode::kNotFound, "Area not found");
    check_area(change, Purpose::kUpdate, found);
    if (!found.empty()) throw ValidationError(std::move(found));
    if (change.empty()) throw Error(ErrorCode::kInvalidArgument, "No fields to update");
    return change_tables("catalogue.area.update", [id, change, actor](WriteTx& tx) {
        Area area = require_area(tx, id);
        const ChangedFields changed = apply(change, area);
        if (changed.empty()) return area;
        require_free_name(tx, area);
        catalogue::update_area(tx, area);
        publish_area(tx, "area.updated", area, actor, changed);
        return area;
    });
}

void CatalogueStore::remove_area(std::int64_t id, const std::string& actor) {
    change_tables("catalogue.area.remove", [id, actor](WriteTx& tx) {
        const Area area = require_area(tx, id);
        if (const auto count = count_cameras_of_area(tx, id); count > 0)
            throw Error(ErrorCode::kInvalidArgument,
                        "Cannot delete area. It is currently assigned to " + std::to_string(count) + " cameras.");
        delete_area(tx, id);
        publish_area(tx, "area.removed", area, actor, {});
        return true;
    });
}

std::shared_ptr<const CatalogueSnapshot> CatalogueStore::snapshot() const {
    auto current = state();
    const CatalogueSnapshot* snapshot = &current->snapshot;
    return {std::move(current), snapshot};
}

Credentials CatalogueStore::credentials(const Camera& camera, StreamRole role) const {
    const auto current = state();
    const auto it = current->sealed.find(camera.uuid);
    if (it == current->sealed.end()) throw Error(ErrorCode::kNotFound, "Camera not found");
    const SealedCredentials* sealed = &it->second.main;
    StreamRole owner = StreamRole::kMain;
    if (role == StreamRole::kSub) {
        const bool own = it->second.sub.user || it->second.sub.password;
        if (!own && !(camera.sub && host_of(camera.sub->url) == host_of(camera.main.url))) return {};
        if (own) {
            sealed = &it->second.sub;
            owner = StreamRole::kSub;
        }
    }
    try {
        return {open_credential(key_, camera.uuid, owner, false, sealed->user),
                open_credential(key_, camera.uuid, owner, true, sealed->password)};
    } catch (const Error& failure) {
        throw Error(ErrorCode::kInternal, "the password of camera '" + camera.name + "': " + failure.message());
    }
}

Registration CatalogueStore::provide_live(std::string engine_name, std::function<CameraLive(const Camera&)> read) {
    return providers_->live.provide(engine_name, std::move(read));
}

Registration CatalogueStore::provide_stream_url(std::string kind, std::function<std::string(const Camera&)> url) {
    const auto provider = providers_->url(kind, true);
    return provider->provide(kind, [url = std::move(url)](const Camera& camera) { return std::optional(url(camera)); });
}

CameraLive CatalogueStore::live(const Camera& camera) const {
    CameraLive live;
    try {
        live = providers_->live.call(camera, CameraLive{});
    } catch (...) {
        live.cause = "the media engine could not say";
    }
    if (live.state != CameraLive::State::kLive && state()->closed.contains(camera.uuid)) {
        live.state = CameraLive::State::kOffline;
        live.cause = "the master key does not open the stored password";
    }
    return live;
}

std::string CatalogueStore::engine_name() const { return providers_->live.name(); }

std::optional<std::string> CatalogueStore::stream_url(const std::string& kind, const Camera& camera) const {
    const auto provider = providers_->url(kind, false);
    return provider ? provider->call(camera, std::nullopt) : std::nullopt;
}

}  // namespace gatehouse::catalogue
