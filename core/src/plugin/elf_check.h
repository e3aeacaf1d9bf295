// Looks at a shared object before the dynamic linker does.
#pragma once

#include <optional>
#include <string>

namespace gatehouse::plugin {

// Why the file must not be loaded; nullopt where it may. Wanted: an ELF shared object of this machine's class with
// DF_1_NOW in its dynamic section (elf(5)), so that a missing symbol surfaces when it is loaded and never in the middle
// of a request: Poco::SharedLibrary loads lazily. Reads a few pages of the file. Blocking.
std::optional<std::string> refuse_elf(const std::string& path);

}  // namespace gatehouse::plugin
