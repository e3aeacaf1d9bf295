// Rows of core_camera as they lie in the database, credentials still sealed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gatehouse/catalogue.h>
#include <gatehouse/db.h>

namespace gatehouse::catalogue {

struct SealedCredentials {
    std::optional<std::string> user, password;  // blobs of sealing.h

    bool operator==(const SealedCredentials&) const = default;
};

struct CameraRow {
    Camera camera;  // `user` of its streams is empty: it is sealed
    SealedCredentials main, sub;
};

inline constexpr const char* kCameraTable = "core_camera";

// Ordered non-tunnel first, then by id. A row whose texts this program does not know is Error(kInternal) naming it.
std::vector<CameraRow> load_cameras(ReadTx& tx);
std::optional<CameraRow> load_camera(ReadTx& tx, std::int64_t id);
// Gives the id. `row.camera.id` is not looked at.
std::int64_t insert_camera(WriteTx& tx, const CameraRow& row);
// All columns but id, uuid and created_at of the row with row.camera.id.
void update_camera(WriteTx& tx, const CameraRow& row);
// False where there was none.
bool delete_camera(WriteTx& tx, std::int64_t id);
std::int64_t count_cameras_of_area(ReadTx& tx, std::int64_t area_id);

}  // namespace gatehouse::catalogue
