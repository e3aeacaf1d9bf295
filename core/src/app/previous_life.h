// What the process before us left: if it died in a plugin's call, that is written down and may end in quarantine.
#pragma once

#include <Poco/Logger.h>

#include <string>

#include "plugin/breadcrumb.h"
#include "plugin/quarantine.h"

namespace gatehouse::app {

// Reads the breadcrumb before a new one takes its place. Blocking; never throws for what it finds.
void examine_previous_life(const std::string& breadcrumb_file, const std::string& plugin_dir,
                           plugin::Quarantine& quarantine, const Clock& clock, Poco::Logger& logger);

}  // namespace gatehouse::app
