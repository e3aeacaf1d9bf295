#include "api/camera_views.h"

#include <gatehouse/error.h>

namespace gatehouse::api {

contract::CameraView view_of(const Catalogue& catalogue, const CatalogueSnapshot& snapshot, const Camera& camera) {
    return {camera,
            camera.area_id ? snapshot.find_area(*camera.area_id) : nullptr,
            catalogue.live(camera),
            {catalogue.stream_url("hls", camera), catalogue.stream_url("webrtc", camera)},
            {}};
}

namespace {

template <class Admit>
VisibleCameras collect(const Catalogue& catalogue, Admit admit) {
    VisibleCameras out;
    out.snapshot = catalogue.snapshot();
    for (const Camera& camera : out.snapshot->cameras)
        if (admit(camera)) out.views.push_back(view_of(catalogue, *out.snapshot, camera));
    return out;
}

}  // namespace

VisibleCameras enabled_cameras(const Catalogue& catalogue, const Accounts& accounts, const Caller& caller) {
    return collect(catalogue,
                   [&](const Camera& camera) { return camera.enabled && accounts.may_view(caller, camera); });
}

VisibleCameras viewable_cameras(const Catalogue& catalogue, const Accounts& accounts, const Caller& caller) {
    return collect(catalogue, [&](const Camera& camera) { return accounts.may_view(caller, camera); });
}

contract::CameraCounts camera_counts(const CatalogueSnapshot& snapshot, const Accounts& accounts,
                                     const Caller& caller) {
    contract::CameraCounts counts;
    for (const Camera& camera : snapshot.cameras)
        if (camera.area_id && accounts.may_view(caller, camera)) ++counts[*camera.area_id];
    return counts;
}

std::optional<std::string> credentials_problem(const Catalogue& catalogue, const Camera& camera) {
    try {
        (void)catalogue.credentials(camera, StreamRole::kMain);
        if (camera.sub) (void)catalogue.credentials(camera, StreamRole::kSub);
        return std::nullopt;
    } catch (const Error& failure) {
        return failure.message();
    }
}

}  // namespace gatehouse::api
