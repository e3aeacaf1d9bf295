// What the service's own user may read, where root checks the configuration for it.
#pragma once

#include <string>
#include <vector>

#include "config/configuration.h"

namespace gatehouse::app {

inline constexpr const char* kPackagedConfig = "/etc/gatehouse/gatehouse.yaml";
inline constexpr const char* kServiceUser = "gatehouse";

// What the running service opens as its own user: the configuration, its plugins' files, certificate and key.
std::vector<std::string> files_of(const config::Configuration& configuration);

// A line for each file that exists and that `user`, in all the groups it has, cannot open. Empty where this process may
// not become that user or there is none. Blocking: a child process tries it, so that access lists count, too.
std::vector<std::string> unreadable_for(const std::string& user, const std::vector<std::string>& files);

}  // namespace gatehouse::app
