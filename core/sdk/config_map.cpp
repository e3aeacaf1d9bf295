// Reading a map by its table: unknown and duplicate keys, and the suggestion for a mistyped one.
#include <gatehouse/config.h>

#include <algorithm>
#include <map>
#include <numeric>

namespace gatehouse::config_detail {

namespace {

constexpr std::size_t kMaxShownBytes = 64;

// Levenshtein distance; names longer than any key of ours are not compared.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}

const Key* nearest(const std::vector<Key>& keys, std::string_view name) {
    if (name.empty() || name.size() > kMaxShownBytes) return nullptr;
    const Key* best = nullptr;
    std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
    for (const Key& key : keys) {
        const std::size_t distance = edit_distance(name, key.doc.key);
        if (distance < best_distance && distance < key.doc.key.size()) {
            best = &key;
            best_distance = distance;
        }
    }
    return best;
}

std::string shown(std::string_view key) {
    return "'" + std::string(key.substr(0, kMaxShownBytes)) + (key.size() > kMaxShownBytes ? "...'" : "'");
}

std::string inside(std::string_view what) { return what.empty() ? std::string() : " in " + std::string(what); }

void report_unknown(const ConfigNode::Entry& entry, const std::vector<Key>& keys, ConfigIssues& issues,
                    std::string_view what) {
    std::string message = "unknown key " + shown(entry.key) + inside(what);
    if (const Key* near = nearest(keys, entry.key)) {
        message += "; did you mean '" + near->doc.key + "'?";
    } else if (keys.empty()) {
        message += "; there are no keys here";
    } else {
        message += "; known keys are ";
        for (const Key& key : keys) message += (&key == &keys.front() ? "" : ", ") + key.doc.key;
    }
    issues.add(entry.key_location, std::move(message));
}

}  // namespace

void read_map(const ConfigNode& node, const std::vector<Key>& keys, void* target, ConfigIssues& issues,
              std::string_view what) {
    if (node.kind() == ConfigNode::Kind::kMissing || node.kind() == ConfigNode::Kind::kNull) return;
    if (node.kind() != ConfigNode::Kind::kMap) {
        issues.add(node.location(), (what.empty() ? std::string("this") : std::string(what)) +
                                        " must be a map of keys (\"key: value\" lines)");
        return;
    }
    std::map<std::string_view, const ConfigLocation*> seen;
    for (const auto& entry : node.entries()) {
        if (const auto [first, is_new] = seen.emplace(entry.key, &entry.key_location); !is_new) {
            issues.add(entry.key_location, "duplicate key " + shown(entry.key) + inside(what) + "; the first is at " +
                                               first->second->text());
            continue;
        }
        const auto key =
            std::find_if(keys.begin(), keys.end(), [&](const Key& known) { return known.doc.key == entry.key; });
        if (key == keys.end())
            report_unknown(entry, keys, issues, what);
        else
            key->read(entry.value, target, issues);
    }
}

}  // namespace gatehouse::config_detail
