#include "plugin/plugin_library.h"

#include <Poco/Exception.h>

#include <link.h>

#include <algorithm>
#include <bit>
#include <limits>

#include <gatehouse/error.h>

#include "plugin/elf_check.h"
#include "plugin/quarantine.h"
#include "plugin/trusted_place.h"

namespace gatehouse::plugin {

namespace {

using Range = std::pair<std::uintptr_t, std::uintptr_t>;

struct Search {
    const std::string& path;
    Range found{0, 0};
};

int look_at(dl_phdr_info* info, std::size_t, void* argument) {
    auto& search = *static_cast<Search*>(argument);
    if (info->dlpi_name == nullptr || search.path != info->dlpi_name) return 0;
    Range range{std::numeric_limits<std::uintptr_t>::max(), 0};
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const auto& segment = info->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD) continue;
        const std::uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
        range = {std::min(range.first, begin), std::max(range.second, begin + segment.p_memsz)};
    }
    search.found = range;
    return 1;
}

}  // namespace

PluginLibrary::PluginLibrary(const std::string& directory, const std::string& name)
    : path_(directory + '/' + name + ".so"), addresses_{0, 0} {
    if (auto reason = refuse_directory(directory)) throw Error(ErrorCode::kInvalidArgument, *reason);
    if (auto reason = refuse_file(path_)) throw Error(ErrorCode::kNotFound, *reason);
    if (auto reason = refuse_elf(path_)) throw Error(ErrorCode::kInvalidArgument, path_ + ": " + *reason);
    identity_ = Quarantine::identity_of(path_);
    library_ = std::make_unique<Poco::SharedLibrary>();
    try {
        library_->load(path_, Poco::SharedLibrary::SHLIB_LOCAL);
        if (!library_->hasSymbol(kDescriptorSymbol))
            throw Error(ErrorCode::kInvalidArgument,
                        path_ + ": it does not export " + kDescriptorSymbol + ", so it is not a Gatehouse plugin");
        const auto get = std::bit_cast<DescriptorFunction>(library_->getSymbol(kDescriptorSymbol));
        const PluginDescriptor* raw = get();
        if (raw == nullptr) throw Error(ErrorCode::kInvalidArgument, path_ + ": it gives no descriptor");
        descriptor_ = check_descriptor(*raw, name);
    } catch (const Poco::LibraryLoadException& failure) {
        throw Error(ErrorCode::kInvalidArgument, "it cannot be loaded: " + failure.message());
    }
    Search search{path_, {0, 0}};
    dl_iterate_phdr(look_at, &search);
    addresses_ = search.found;
}

bool PluginLibrary::is_what_lies_there() const {
    const std::string there = Quarantine::identity_of(path_);
    return there.empty() || there == identity_;
}

void PluginLibrary::unload() {
    if (library_ && library_->isLoaded()) library_->unload();
}

}  // namespace gatehouse::plugin
