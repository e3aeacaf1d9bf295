#include "plugin/quarantine.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <sys/stat.h>

#include <algorithm>
#include <sstream>

#include "base/file.h"

namespace gatehouse::plugin {

namespace {
constexpr std::size_t kMaxFileBytes = 256 * 1024;
constexpr std::size_t kMaxDeaths = 100;
}  // namespace

Quarantine::Quarantine(std::string path, QuarantineRules rules) : path_(std::move(path)), rules_(rules) {
    try {
        load();
    } catch (const Poco::Exception&) {
        deaths_.clear();
        quarantined_.clear();
    }
}

void Quarantine::load() {
    const auto file = read_file(path_, kMaxFileBytes);
    if (!file || file->bytes.empty()) return;
    Poco::JSON::Parser parser;
    parser.setDepth(8);
    const auto root = parser.parse(file->bytes).extract<Poco::JSON::Object::Ptr>();
    const auto deaths = root->getArray("deaths"), quarantined = root->getArray("quarantined");
    for (unsigned i = 0; deaths && i < deaths->size() && i < kMaxDeaths; ++i) {
        const auto item = deaths->getObject(i);
        deaths_.push_back({item->getValue<std::string>("plugin"), {item->getValue<std::int64_t>("at_us")}});
    }
    for (unsigned i = 0; quarantined && i < quarantined->size() && i < kMaxDeaths; ++i) {
        const auto item = quarantined->getObject(i);
        quarantined_[item->getValue<std::string>("plugin")] = {{item->getValue<std::int64_t>("since_us")},
                                                               item->getValue<std::string>("entry"),
                                                               item->getValue<std::string>("so")};
    }
}

void Quarantine::save() const {
    Poco::JSON::Array deaths, quarantined;
    for (const auto& death : deaths_) {
        Poco::JSON::Object item;
        item.set("plugin", death.plugin).set("at_us", death.at.us);
        deaths.add(item);
    }
    for (const auto& [plugin, entry] : quarantined_) {
        Poco::JSON::Object item;
        item.set("plugin", plugin).set("since_us", entry.since.us).set("entry", entry.entry).set("so", entry.identity);
        quarantined.add(item);
    }
    Poco::JSON::Object root;
    root.set("deaths", deaths).set("quarantined", quarantined);
    std::ostringstream text;
    root.stringify(text, 2);
    replace_file(path_, text.str(), 0640);
}

bool Quarantine::record_death(const std::string& plugin, const std::string& entry, const std::string& identity,
                              UtcTime at) {
    // A clock that was set back must not keep a death for ever.
    std::erase_if(deaths_, [&](const Death& death) { return at - death.at > rules_.within || death.at > at; });
    if (deaths_.size() >= kMaxDeaths) deaths_.erase(deaths_.begin());
    deaths_.push_back({plugin, at});
    const auto count = static_cast<std::size_t>(
        std::count_if(deaths_.begin(), deaths_.end(), [&](const Death& death) { return death.plugin == plugin; }));
    const bool now = count >= rules_.deaths && !find(plugin, identity);
    if (now) quarantined_[plugin] = {at, entry, identity};
    save();
    return now;
}

std::optional<Quarantined> Quarantine::find(const std::string& plugin, const std::string& identity) const {
    const auto found = quarantined_.find(plugin);
    if (found == quarantined_.end() || found->second.identity != identity) return std::nullopt;
    return found->second;
}

bool Quarantine::release(const std::string& plugin) {
    std::erase_if(deaths_, [&](const Death& death) { return death.plugin == plugin; });
    const bool was = quarantined_.erase(plugin) != 0;
    if (was) save();
    return was;
}

std::string Quarantine::identity_of(const std::string& so_path) {
    struct stat status {};
    if (::stat(so_path.c_str(), &status) != 0) return {};
    return std::to_string(status.st_size) + ':' + std::to_string(status.st_mtim.tv_sec) + '.' +
           std::to_string(status.st_mtim.tv_nsec);
}

}  // namespace gatehouse::plugin
