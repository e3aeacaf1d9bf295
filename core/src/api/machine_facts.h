// What this machine says about itself, cheaply.
#pragma once

#include <cstddef>
#include <string>

#include <gatehouse/clock.h>

#include "api/contract/service_answers.h"

namespace gatehouse::api {

// Name of the machine's time zone: $TZ, else what /etc/localtime points to, else its abbreviation. Reads the file
// system.
std::string time_zone_name();
// Non-blocking.
contract::LocalTime local_time_now(UtcTime now, const std::string& zone_name);

struct Descriptors {
    std::size_t open = 0, limit = 0;
};
Descriptors descriptors();

}  // namespace gatehouse::api
