#include "desired_paths.h"

#include <utility>

#include "path_name.h"
#include "source_url.h"

namespace gatehouse::mediamtx {
namespace {

// "auto" is TCP: RTP over UDP loses packets across switches and VPNs, and MediaMTX's "automatic" tries UDP first.
const char* transport_of(Transport transport) { return transport == Transport::kUdp ? "udp" : "tcp"; }

}  // namespace

DesiredPaths desired_paths(const CatalogueSnapshot& catalogue, const std::string& prefix, const PullRules& rules,
                           const std::set<std::string>& given_up, const OpenCredentials& open) {
    DesiredPaths out;
    const auto add = [&](const Camera& camera, StreamRole role, const StreamSource& source) {
        const std::string name = path_name(prefix, camera.uuid, role);
        const auto credentials = open(camera, role);
        if (!credentials) {
            out.refused.emplace(name, "the camera's credentials cannot be opened");
            return;
        }
        std::string problem;
        auto url = source_url(source.url, *credentials, problem);
        if (!url) {
            out.refused.emplace(name, problem);
            return;
        }
        DesiredPath path{camera.id, camera.uuid, role, rules.pulls_always(camera.id), rules.keeps_ready(camera.id), {}};
        path.config = {std::move(*url), !path.pull_always || given_up.contains(name), transport_of(camera.transport)};
        out.paths.emplace(name, std::move(path));
    };
    for (const Camera& camera : catalogue.cameras) {
        if (!camera.enabled) continue;
        add(camera, StreamRole::kMain, camera.main);
        if (camera.sub) add(camera, StreamRole::kSub, *camera.sub);
    }
    return out;
}

}  // namespace gatehouse::mediamtx
