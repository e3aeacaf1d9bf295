// Which streams the worker shall pull, from the catalogue. Pure.
#pragma once

#include <gatehouse/catalogue.h>
#include <gatehouse/media_protocol/messages.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::media_worker {

// "<camera uuid>/main" or "<camera uuid>/sub".
std::string stream_id(const std::string& camera_uuid, StreamRole role);

using DesiredStreams = std::map<std::string, media_protocol::UpsertStream>;
// Opens the credentials of a stream; empty where they cannot be opened: that stream is left out.
using OpenCredentials = std::function<std::optional<Credentials>(const Camera&, StreamRole)>;

// Every stream of every enabled camera. Addresses beyond the protocol's limits are left out.
DesiredStreams desired_streams(const CatalogueSnapshot& catalogue, const OpenCredentials& open);

struct StreamChanges {
    std::vector<media_protocol::UpsertStream> upserts;
    std::vector<media_protocol::RemoveStream> removals;
};
StreamChanges difference(const DesiredStreams& have, const DesiredStreams& want);

}  // namespace gatehouse::media_worker
