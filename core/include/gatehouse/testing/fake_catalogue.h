// Cameras that a test puts there, and callers who may see the public ones.
#pragma once

#include <gatehouse/accounts.h>
#include <gatehouse/catalogue.h>
#include <gatehouse/error.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::testing {

// A public camera number `id` with a UUID and a stream key made from it.
inline Camera make_camera(std::int64_t id) {
    const std::string digits = std::to_string(100'000'000'000 + id);
    Camera camera;
    camera.id = id;
    camera.uuid = "00000000-0000-4000-8000-" + digits;
    camera.stream_key = "aaaaaaaa-0000-4000-8000-" + digits;
    camera.name = "camera " + std::to_string(id);
    camera.visibility = Visibility::kPublic;
    camera.main.url = "rtsp://192.0.2." + std::to_string(id % 250) + "/main";
    return camera;
}

inline CatalogueSnapshot make_snapshot(std::vector<Camera> cameras) {
    CatalogueSnapshot made;
    for (std::size_t i = 0; i < cameras.size(); ++i) {
        made.by_stream_key[cameras[i].stream_key] = i;
        made.by_id[cameras[i].id] = i;
        made.by_uuid[cameras[i].uuid] = i;
    }
    made.cameras = std::move(cameras);
    return made;
}

// Thread-safe.
class FakeCatalogue final : public Catalogue {
public:
    void set_cameras(std::vector<Camera> cameras) {
        auto made = std::make_shared<CatalogueSnapshot>(make_snapshot(std::move(cameras)));
        std::lock_guard lock(mutex_);
        made->revision = snapshot_->revision + 1;
        snapshot_ = std::move(made);
    }
    // What credentials() gives; an Error(kInternal) where there is none and the source has a password.
    void set_credentials(const std::string& camera_uuid, StreamRole role, Credentials credentials) {
        std::lock_guard lock(mutex_);
        credentials_[{camera_uuid, role}] = std::move(credentials);
    }

    std::shared_ptr<const CatalogueSnapshot> snapshot() const override {
        std::lock_guard lock(mutex_);
        return snapshot_;
    }
    Credentials credentials(const Camera& camera, StreamRole role) const override {
        std::lock_guard lock(mutex_);
        const auto it = credentials_.find({camera.uuid, role});
        if (it != credentials_.end()) return it->second;
        const bool sealed =
            role == StreamRole::kMain ? camera.main.has_password : camera.sub && camera.sub->has_password;
        if (sealed) throw Error(ErrorCode::kInternal, "the master key does not open the credentials");
        return {};
    }
    Registration provide_live(std::string engine_name, std::function<CameraLive(const Camera&)> read) override {
        std::lock_guard lock(mutex_);
        if (live_) throw Error(ErrorCode::kConflict, "there is an engine already");
        live_ = std::move(read);
        engine_ = std::move(engine_name);
        return Registration([this] {
            std::lock_guard withdraw(mutex_);
            live_ = nullptr;
            engine_.clear();
        });
    }
    Registration provide_stream_url(std::string kind, std::function<std::string(const Camera&)> url) override {
        std::lock_guard lock(mutex_);
        urls_[kind] = std::move(url);
        return Registration([this, kind] {
            std::lock_guard withdraw(mutex_);
            urls_.erase(kind);
        });
    }
    CameraLive live(const Camera& camera) const override {
        std::unique_lock lock(mutex_);
        const auto read = live_;
        lock.unlock();
        return read ? read(camera) : CameraLive{};
    }
    std::string engine_name() const override {
        std::lock_guard lock(mutex_);
        return engine_;
    }
    std::optional<std::string> stream_url(const std::string& kind, const Camera& camera) const override {
        std::lock_guard lock(mutex_);
        const auto it = urls_.find(kind);
        return it == urls_.end() ? std::nullopt : std::optional(it->second(camera));
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const CatalogueSnapshot> snapshot_ = std::make_shared<CatalogueSnapshot>();
    std::map<std::pair<std::string, StreamRole>, Credentials> credentials_;
    std::function<CameraLive(const Camera&)> live_;
    std::string engine_;
    std::map<std::string, std::function<std::string(const Camera&)>> urls_;
};

// Anonymous callers see enabled public cameras, the administrator sees all.
class FakeAccounts final : public Accounts {
public:
    bool may_view(const Caller& caller, const Camera& camera) const override {
        return caller.is_admin() || (camera.enabled && camera.visibility == Visibility::kPublic);
    }
    bool sees_public_view(const Caller& caller) const override { return !caller.is_admin(); }
};

}  // namespace gatehouse::testing
