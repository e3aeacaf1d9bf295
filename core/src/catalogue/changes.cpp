#include "catalogue/changes.h"

#include <memory>
#include <typeinfo>
#include <utility>

namespace gatehouse::catalogue {

bool CameraChange::empty() const noexcept {
    return !name && !description && !location && !group_name && !area_id && !latitude && !longitude && !status &&
           !visibility && !transport && !video_codec && !is_tunnel && !enabled && main.empty() && sub.empty();
}

bool AreaChange::empty() const noexcept {
    return !name && !description && !rt && !rw && !kelurahan && !kecamatan && !latitude && !longitude;
}

ValidationError::ValidationError(std::vector<FieldError> errors)
    : Error(ErrorCode::kInvalidArgument, "Invalid request data"), errors_(std::move(errors)) {}

const char* ValidationError::className() const noexcept { return typeid(*this).name(); }

Poco::Exception* ValidationError::clone() const { return std::make_unique<ValidationError>(*this).release(); }

void ValidationError::rethrow() const { throw *this; }

}  // namespace gatehouse::catalogue
