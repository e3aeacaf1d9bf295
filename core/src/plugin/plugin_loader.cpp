#include "plugin/plugin_loader.h"

#include <gatehouse/error.h>

namespace gatehouse::plugin {

PluginLoader::PluginLoader(Options options, Breadcrumb& breadcrumb, Metrics& metrics, const Patience& patience,
                           Veto veto)
    : options_(std::move(options)),
      breadcrumb_(breadcrumb),
      metrics_(metrics),
      patience_(patience),
      veto_(std::move(veto)) {}

PluginLoader::~PluginLoader() {
    if (!options_.unload || has_hung()) return;
    for (auto& [name, library] : libraries_)
        if (library.use_count() == 1) library->unload();
}

std::vector<Candidate> PluginLoader::prepare(const std::vector<PluginWish>& wishes, ConfigIssues& issues) {
    std::vector<Candidate> candidates;
    candidates.reserve(wishes.size());
    for (const auto& wish : wishes) candidates.push_back(prepare_one(wish, issues));
    return candidates;
}

Candidate PluginLoader::prepare_one(const PluginWish& wish, ConfigIssues& issues) {
    Candidate candidate;
    candidate.wish = wish;
    if (auto reason = veto_ ? veto_(wish.name, options_.directory + '/' + wish.name + ".so") : std::nullopt) {
        candidate.refused = *reason;
        candidate.quarantined = true;
        return candidate;
    }
    try {
        auto& library = libraries_[wish.name];
        if (!library) {
            library = std::make_shared<PluginLibrary>(options_.directory, wish.name);
            breadcrumb_.add_code(wish.name, library->addresses());
        }
        candidate.library = library;
    } catch (const Poco::Exception& failure) {
        libraries_.erase(wish.name);
        candidate.refused = failure.message();
        return candidate;
    }
    candidate.instance = std::make_unique<PluginInstance>(candidate.library, breadcrumb_, metrics_, patience_);
    if (auto reason = candidate.instance->configure(wish.node, issues, options_.configure_deadline)) {
        candidate.failed = *reason;
        candidate.hung = candidate.instance->hung();
        if (candidate.hung) bury(std::move(candidate.instance));
        candidate.instance.reset();
    }
    return candidate;
}

void PluginLoader::bury(std::unique_ptr<PluginInstance> hung) {
    if (hung) hung_.push_back(std::move(hung));
}

}  // namespace gatehouse::plugin
