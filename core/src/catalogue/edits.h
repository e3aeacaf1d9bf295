// A checked change applied to a row: what the row becomes, and which fields differ. Sealing aside, pure.
#pragma once

#include <string>
#include <vector>

#include "catalogue/camera_rows.h"
#include "catalogue/master_key.h"
#include "catalogue/validation.h"

namespace gatehouse::catalogue {

// Names of the changed fields, as the documented interface calls them; never a value of a secret.
using ChangedFields = std::vector<std::string>;

// `row.camera.uuid` must be set: secrets are sealed to it. A secret that equals the stored one is no change. Removing
// the sub stream removes its credentials. Raises source_revision where URL, credentials or transport changed.
ChangedFields apply(const CheckedCamera& change, const MasterKey& key, CameraRow& row);
ChangedFields apply(const AreaChange& change, Area& area);

// Opens one stored credential; empty where there is none. Throws as unseal() does.
std::string open_credential(const MasterKey& key, const std::string& camera_uuid, StreamRole role, bool password,
                            const std::optional<std::string>& blob);

}  // namespace gatehouse::catalogue
