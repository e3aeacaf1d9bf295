#include "desired_streams.h"

#include <gatehouse/media_protocol/text.h>

#include <utility>

namespace gatehouse::media_worker {
namespace {

namespace mp = media_protocol;

mp::Transport transport_of(Transport transport) {
    switch (transport) {
        case Transport::kTcp:
            return mp::Transport::tcp;
        case Transport::kUdp:
            return mp::Transport::udp;
        case Transport::kAuto:
            break;
    }
    return mp::Transport::automatic;
}

bool fits(const mp::UpsertStream& s) {
    return s.stream_id.size() <= mp::kMaxStreamIdBytes && !s.url.empty() && s.url.size() <= mp::kMaxUrlBytes &&
           s.user.size() <= mp::kMaxSecretBytes && s.password.size() <= mp::kMaxSecretBytes;
}

void add(DesiredStreams& out, const Camera& camera, StreamRole role, const StreamSource& source,
         const OpenCredentials& open) {
    const auto credentials = open(camera, role);
    if (!credentials) return;
    mp::UpsertStream stream;
    stream.stream_id = stream_id(camera.uuid, role);
    stream.url = source.url;
    stream.user = credentials->user;
    stream.password = credentials->password;
    stream.transport = transport_of(camera.transport);
    const std::string label =
        "camera " + std::to_string(camera.id) + " (" + camera.name + ") " + std::string(name(role));
    stream.label = mp::clean_text(label, mp::kMaxTextBytes);
    if (fits(stream)) out.emplace(stream.stream_id, std::move(stream));
}

}  // namespace

std::string stream_id(const std::string& camera_uuid, StreamRole role) {
    return camera_uuid + "/" + std::string(name(role));
}

DesiredStreams desired_streams(const CatalogueSnapshot& catalogue, const OpenCredentials& open) {
    DesiredStreams out;
    for (const Camera& camera : catalogue.cameras) {
        if (!camera.enabled) continue;
        add(out, camera, StreamRole::kMain, camera.main, open);
        if (camera.sub) add(out, camera, StreamRole::kSub, *camera.sub, open);
    }
    return out;
}

StreamChanges difference(const DesiredStreams& have, const DesiredStreams& want) {
    StreamChanges changes;
    for (const auto& [id, stream] : have)
        if (!want.contains(id)) changes.removals.push_back({id});
    for (const auto& [id, stream] : want) {
        const auto it = have.find(id);
        if (it == have.end() || !(it->second == stream)) changes.upserts.push_back(stream);
    }
    return changes;
}

}  // namespace gatehouse::media_worker
