// The structured fields a message may carry as parameters (Poco::Message::set); others are dropped.
#pragma once

#include <array>

namespace gatehouse::log {

inline constexpr std::array<const char*, 4> kFields = {"PLUGIN", "CAMERA", "REQUEST_ID", "MESSAGE_ID"};

}  // namespace gatehouse::log
