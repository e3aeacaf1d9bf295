// The catalogue as one caller sees it, joined with what plugins know of the cameras.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gatehouse/accounts.h>
#include <gatehouse/catalogue.h>

#include "api/contract/area_answers.h"
#include "api/contract/camera_answers.h"

namespace gatehouse::api {

// One consistent state. Views refer into `snapshot`.
struct VisibleCameras {
    std::shared_ptr<const CatalogueSnapshot> snapshot;
    std::vector<contract::CameraView> views;  // in the snapshot's order
};

contract::CameraView view_of(const Catalogue& catalogue, const CatalogueSnapshot& snapshot, const Camera& camera);
// Enabled cameras the caller may view.
VisibleCameras enabled_cameras(const Catalogue& catalogue, const Accounts& accounts, const Caller& caller);
// All cameras the caller may view; for administrators disabled ones too.
VisibleCameras viewable_cameras(const Catalogue& catalogue, const Accounts& accounts, const Caller& caller);
// How many cameras of each area the caller may view.
contract::CameraCounts camera_counts(const CatalogueSnapshot& snapshot, const Accounts& accounts, const Caller& caller);

// Why the stored credentials of the camera do not open; nothing where they do.
std::optional<std::string> credentials_problem(const Catalogue& catalogue, const Camera& camera);

}  // namespace gatehouse::api
