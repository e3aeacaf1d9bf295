// Cameras and areas as everybody reads them: immutable snapshots, replaced as a whole on every change.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <gatehouse/clock.h>
#include <gatehouse/registration.h>

namespace gatehouse {

enum class Transport { kAuto, kTcp, kUdp };
enum class Visibility { kPublic, kMembers, kArea };

struct Area {
    std::int64_t id = 0;
    std::string name;  // unique, 1..100 bytes
    std::string description, rt, rw, kelurahan, kecamatan;
    std::optional<double> latitude, longitude;  // degrees, WGS 84
    UtcTime created_at;
};

// Where a stream is fetched. The URL carries no credentials; they are sealed at rest and only the engine opens them.
struct StreamSource {
    std::string url;  // rtsp:// or rtsps://, without user info; 1..500 bytes
    std::string user;
    bool has_password = false;
};

struct Camera {
    std::int64_t id = 0;  // the number people and URLs use; never reused
    std::string uuid;     // permanent, lower-case text form
    std::string name;     // 1..100 bytes
    std::string description, location, group_name;
    std::optional<std::int64_t> area_id;
    std::optional<double> latitude, longitude;
    std::string status = "active";  // active | maintenance | offline, as the operator set it
    bool is_tunnel = false;
    bool enabled = true;
    Visibility visibility = Visibility::kArea;
    Transport transport = Transport::kAuto;
    StreamSource main;
    std::optional<StreamSource> sub;
    std::string stream_key;            // random UUIDv4: cannot be guessed, changes on request
    std::string video_codec = "h264";  // h264 | h265, as the operator declared it
    UtcTime created_at, updated_at;
    std::uint64_t source_revision = 0;  // changes when URL, credentials or transport change
};

// One consistent state. Cameras are ordered non-tunnel first, then by id; areas by id.
struct CatalogueSnapshot {
    std::vector<Camera> cameras;
    std::vector<Area> areas;
    std::unordered_map<std::string, std::size_t> by_stream_key;  // index into cameras
    std::unordered_map<std::int64_t, std::size_t> by_id;
    std::unordered_map<std::string, std::size_t> by_uuid;
    std::unordered_map<std::int64_t, std::size_t> area_by_id;
    std::uint64_t revision = 0;  // rises with every change

    const Camera* find_by_stream_key(const std::string& key) const {
        auto it = by_stream_key.find(key);
        return it == by_stream_key.end() ? nullptr : &cameras[it->second];
    }
    const Camera* find(std::int64_t id) const {
        auto it = by_id.find(id);
        return it == by_id.end() ? nullptr : &cameras[it->second];
    }
    const Camera* find_by_uuid(const std::string& uuid) const {
        auto it = by_uuid.find(uuid);
        return it == by_uuid.end() ? nullptr : &cameras[it->second];
    }
    const Area* find_area(std::int64_t id) const {
        auto it = area_by_id.find(id);
        return it == area_by_id.end() ? nullptr : &areas[it->second];
    }
};

struct Credentials {
    std::string user, password;
};

enum class StreamRole { kMain, kSub };
inline std::string_view name(StreamRole role) noexcept { return role == StreamRole::kMain ? "main" : "sub"; }

// What a plugin knows of a camera at this moment; every field has a documented default where no plugin fills it.
struct CameraLive {
    enum class State { kUnknown, kConnecting, kLive, kOffline };
    State state = State::kUnknown;
    UtcTime since;            // of the state; 0 when unknown
    std::string cause;        // plain words while not live
    std::string video_codec;  // RFC 6381, as seen
    std::string audio_codec;
    int width = 0, height = 0;  // pixels
    bool sub_live = false;
};

// Published on Events whenever the snapshot was replaced.
struct CatalogueChanged {
    std::uint64_t revision = 0;
};
// Published on Events when a camera's CameraLive::state changed.
struct CameraLiveChanged {
    std::int64_t camera_id = 0;
    CameraLive::State state = CameraLive::State::kUnknown;
};

// Thread-safe, non-blocking unless said.
class Catalogue {
public:
    virtual ~Catalogue() = default;
    virtual std::shared_ptr<const CatalogueSnapshot> snapshot() const = 0;
    // Opens the sealed credentials of a stream; for engines only. Empty fields where none are set. Throws
    // Error(kInternal) when the master key does not open them.
    virtual Credentials credentials(const Camera& camera, StreamRole role) const = 0;

    // The engine's knowledge of cameras; one source at a time, Error(kConflict) for a second. `read` is called on any
    // thread, must be cheap and thread-safe.
    [[nodiscard]] virtual Registration provide_live(std::string engine_name,
                                                    std::function<CameraLive(const Camera&)> read) = 0;
    // The address of a camera's stream for viewers, e.g. "/hls/<key>/index.m3u8"; `kind` is "hls" or "webrtc".
    [[nodiscard]] virtual Registration provide_stream_url(std::string kind,
                                                          std::function<std::string(const Camera&)> url) = 0;
    // Through the registrations above; defaults where nobody provides them.
    virtual CameraLive live(const Camera& camera) const = 0;
    virtual std::string engine_name() const = 0;  // empty where there is none
    virtual std::optional<std::string> stream_url(const std::string& kind, const Camera& camera) const = 0;
};

}  // namespace gatehouse
