#include "publisher.h"

#include <vector>

namespace gatehouse::hls {
namespace {

constexpr std::array kRoles{StreamRole::kMain, StreamRole::kSub};

std::shared_ptr<const http::Entity> index_entity(const PublishedCamera& camera, bool with_known) {
    std::vector<Variant> variants;
    for (const StreamRole role : kRoles) {
        const auto& known = camera.known[static_cast<std::size_t>(role)];
        if (known && (with_known || camera.stream(role) != nullptr)) variants.push_back(*known);
    }
    if (variants.empty()) return nullptr;
    std::string text = multivariant_playlist(variants);
    http::Entity::Options options;
    options.content_type = "application/vnd.apple.mpegurl";
    options.etag = http::etag_of(text);
    options.cache_control = "no-cache";
    return http::Entity::make(std::move(options), http::Body::text(std::move(text)));
}

bool has_role(const Camera& camera, StreamRole role) {
    return camera.enabled && (role == StreamRole::kMain || camera.sub.has_value());
}

}  // namespace

Publisher::Publisher(Parts parts, ViewOptions options) : parts_(std::move(parts)), options_(options) {}

std::shared_ptr<const PublishedCamera> Publisher::find(const std::string& camera_uuid) const {
    std::shared_lock lock(published_mutex_);
    const auto it = published_.find(camera_uuid);
    return it == published_.end() ? nullptr : it->second;
}

std::size_t Publisher::published_streams() const {
    std::shared_lock lock(published_mutex_);
    std::size_t count = 0;
    for (const auto& [uuid, camera] : published_)
        for (const auto& stream : camera->streams) count += stream ? 1u : 0u;
    return count;
}

void Publisher::changed(const std::string& camera_uuid, StreamRole role) {
    {
        std::lock_guard lock(pending_mutex_);
        pending_.emplace(camera_uuid, role);
        if (std::exchange(posted_, true)) return;
    }
    try {
        parts_.scheduler.post("hls-proxy.publish", [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->drain();
        });
    } catch (const std::exception&) {  // the queue is full: tick() will do it
        std::lock_guard lock(pending_mutex_);
        posted_ = false;
    }
}

void Publisher::drain() {
    std::set<Key> work;
    {
        std::lock_guard lock(pending_mutex_);
        work.swap(pending_);
        posted_ = false;
    }
    const auto catalogue = parts_.catalogue.snapshot();
    for (const auto& [uuid, role] : work)
        if (const Camera* camera = catalogue->find_by_uuid(uuid)) update(*camera, role);
}

void Publisher::refresh_all() {
    const auto catalogue = parts_.catalogue.snapshot();
    forget_absent(*catalogue);
    for (const auto& camera : catalogue->cameras)
        for (const StreamRole role : kRoles) update(camera, role);
}

void Publisher::forget_absent(const CatalogueSnapshot& catalogue) {
    const auto absent = [&](const std::string& uuid) { return catalogue.find_by_uuid(uuid) == nullptr; };
    std::lock_guard build(build_mutex_);
    std::erase_if(streams_, [&](const auto& item) { return absent(item.first.first); });
    std::unique_lock lock(published_mutex_);
    std::erase_if(published_, [&](const auto& item) { return absent(item.first); });
}

void Publisher::tick() {
    drain();
    const auto now = parts_.clock.monotonic_now();
    std::vector<Key> expired;
    {
        std::shared_lock lock(published_mutex_);
        for (const auto& [uuid, camera] : published_)
            for (const StreamRole role : kRoles)
                if (const auto* stream = camera->stream(role); stream != nullptr && stream->shown_until < now)
                    expired.emplace_back(uuid, role);
    }
    const auto catalogue = parts_.catalogue.snapshot();
    for (const auto& [uuid, role] : expired)
        if (const Camera* camera = catalogue->find_by_uuid(uuid)) update(*camera, role);
}

void Publisher::update(const Camera& camera, StreamRole role) {
    {
        std::lock_guard lock(build_mutex_);
        const Key key{camera.uuid, role};
        if (!has_role(camera, role)) {
            if (streams_.erase(key) > 0) show(camera, role, nullptr);
            return;
        }
        const auto it = streams_.try_emplace(key, Stream{StreamView(role, options_), std::nullopt}).first;
        read_window(key, it->second);
        show(camera, role,
             it->second.view.publish(camera.visibility == Visibility::kPublic, parts_.clock.monotonic_now()));
    }
    if (told_) told_(camera.uuid);
}

void Publisher::read_window(const Key& key, Stream& stream) {
    const auto window = parts_.engine->window(key.first, key.second);
    if (!window) stream.view.clear();  // the engine has let it go: the next viewer shall not see something old first
    if (!window || window->segments.empty()) return;
    const std::string slot = key.first + "/" + std::string(name(key.second));
    const UtcTime now = parts_.clock.utc_now();
    if (!stream.state && parts_.sequences) stream.state = parts_.sequences->load(slot);
    if (!stream.state) stream.state = fresh_sequence(now);
    // Stored before it is shown: a number that a viewer has seen is never given to other bytes, whatever happens.
    if (!stream.view.take(*window, *stream.state) || !parts_.sequences) return;
    if (parts_.sequences->store(slot, *stream.state, now)) return;
    if (++store_failures_ == 1)
        parts_.logger.error(
            "media sequences cannot be written to the runtime directory (is it full?): players may stall"
            " when the gateway is restarted");
}

void Publisher::show(const Camera& camera, StreamRole role, std::shared_ptr<const PublishedStream> stream) {
    auto made = std::make_shared<PublishedCamera>();
    if (const auto kept = find(camera.uuid)) *made = *kept;
    const auto at = static_cast<std::size_t>(role);
    if (!made->stream(StreamRole::kMain) && !made->stream(StreamRole::kSub))
        made->shown_since = parts_.clock.monotonic_now();
    if (stream)
        made->known[at] = stream->variant;
    else if (!has_role(camera, role))
        made->known[at].reset();
    made->streams[at] = std::move(stream);
    made->has_sub = has_role(camera, StreamRole::kSub);
    made->index = index_entity(*made, false);
    made->index_of_known = index_entity(*made, true);
    std::unique_lock lock(published_mutex_);
    published_[camera.uuid] = std::move(made);
}

}  // namespace gatehouse::hls
