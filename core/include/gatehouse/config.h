// Typed configuration: one table per struct is parser, validator, defaults and reference page at once.
//
// A node is a read-only view of one place in a YAML file with its location; it stays valid as long as the document that
// gave it. Problems are collected, never thrown, so that all of them are reported at once as "file:line:column: text".
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse {

struct ConfigLocation {
    std::string file;  // as the operator named it
    int line = 0;      // 1-based; 0 where the file as a whole is meant
    int column = 0;    // 1-based

    std::string text() const;  // "file:line:column"
};

struct ConfigIssue {
    ConfigLocation where;
    std::string message;

    std::string text() const;  // "file:line:column: message"
};

// Collects problems. Not thread-safe.
class ConfigIssues {
public:
    void add(ConfigLocation where, std::string message);
    bool empty() const noexcept { return issues_.empty(); }
    const std::vector<ConfigIssue>& all() const noexcept { return issues_; }

private:
    std::vector<ConfigIssue> issues_;
};

// A place in a configuration file. Value semantics, cheap to copy.
class ConfigNode {
public:
    enum class Kind { kMissing, kNull, kScalar, kSequence, kMap };

    struct Impl;  // owned by the host
    ConfigNode() = default;
    explicit ConfigNode(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

    Kind kind() const noexcept;
    const ConfigLocation& location() const noexcept;
    // Text of a scalar as written (without quotes); empty otherwise.
    const std::string& scalar() const noexcept;
    // True for a scalar written in quotes, which is text whatever it looks like.
    bool quoted() const noexcept;
    const std::vector<ConfigNode>& items() const noexcept;  // of a sequence
    struct Entry;
    const std::vector<Entry>& entries() const noexcept;  // of a map, in file order
    // Child by key, or a missing node that carries this node's location.
    ConfigNode get(std::string_view key) const;

private:
    std::shared_ptr<const Impl> impl_;
};

struct ConfigNode::Entry {
    std::string key;
    ConfigLocation key_location;
    ConfigNode value;
};

// The host's representation of one place; built by the YAML reader and by testing helpers.
struct ConfigNode::Impl {
    Kind kind = Kind::kMissing;
    ConfigLocation where;
    std::string scalar;
    bool quoted = false;
    std::vector<ConfigNode> items;
    std::vector<Entry> entries;
};

// When a change of a key takes effect.
enum class ReloadClass { kHot, kPluginRestart, kProcessRestart };

// What the reference page and `gatehousectl config show` say of a key.
struct ConfigKeyDoc {
    std::string key;
    std::string type;          // "integer", "duration", "size", "text", "boolean", "list of text", "one of a|b"
    std::string unit;          // "ms", "bytes" or empty
    std::string bounds;        // "1..64" or empty
    std::string default_text;  // as one would write it in YAML
    std::string doc;           // one line
    ReloadClass reload = ReloadClass::kProcessRestart;
    bool secret = false;
};

// Table of the keys of struct T. Build it once per type with the chained calls; `read` fills a T from a map node.
//
//   static const ConfigTable<Settings> table = ConfigTable<Settings>()
//       .integer("readers", &Settings::readers, {.min = 1, .max = 64}, "Read connections of the pool")
//       .duration("read_wait", &Settings::read_wait, {.min = 0ms, .max = 10s}, "Longest wait for a read connection");
//
// Defaults are the values of a default-constructed T. Unknown and duplicate keys, wrong types, octal-looking numbers
// (0123) and values out of bounds become issues; an unknown key gets the nearest known one as a suggestion. Durations
// are written "250ms", "30s", "5m", "2h", "7d"; sizes "512KiB", "64MiB", "2GiB" or plain bytes.
template <class T>
class ConfigTable;

namespace config_detail {

struct Key {
    ConfigKeyDoc doc;
    std::function<void(const ConfigNode& value, void* target, ConfigIssues&)> read;
    std::function<std::string(const void* target)> show;  // value as YAML text; "(secret)" for secrets
};

void read_map(const ConfigNode& node, const std::vector<Key>& keys, void* target, ConfigIssues& issues,
              std::string_view what);
std::optional<std::int64_t> read_integer(const ConfigNode&, std::int64_t min, std::int64_t max, ConfigIssues&);
std::optional<double> read_real(const ConfigNode&, double min, double max, ConfigIssues&);
std::optional<bool> read_boolean(const ConfigNode&, ConfigIssues&);
std::optional<std::string> read_text(const ConfigNode&, std::size_t max_bytes, ConfigIssues&);
std::optional<std::vector<std::string>> read_text_list(const ConfigNode&, std::size_t max_items, ConfigIssues&);
std::optional<std::int64_t> read_duration_us(const ConfigNode&, std::int64_t min_us, std::int64_t max_us,
                                             ConfigIssues&);
std::optional<std::int64_t> read_size_bytes(const ConfigNode&, std::int64_t min, std::int64_t max, ConfigIssues&);
std::optional<std::size_t> read_choice(const ConfigNode&, const std::vector<std::string>& names, ConfigIssues&);
std::string show_duration_us(std::int64_t us);
std::string show_size_bytes(std::int64_t bytes);
std::string show_text(std::string_view text);
std::string show_text_list(const std::vector<std::string>& items);

}  // namespace config_detail

struct KeyOptions {
    ReloadClass reload = ReloadClass::kProcessRestart;
    bool secret = false;
};

template <class V>
struct Bounds {
    V min;
    V max;
};

template <class T>
class ConfigTable {
public:
    template <class I>
    ConfigTable& integer(std::string key, I T::*field, Bounds<std::int64_t> bounds, std::string doc,
                         KeyOptions options = {}) {
        return add(
            {std::move(key), "integer", "", std::to_string(bounds.min) + ".." + std::to_string(bounds.max),
             std::to_string(T{}.*field), std::move(doc), options.reload, options.secret},
            [field, bounds](const ConfigNode& node, T& target, ConfigIssues& issues) {
                if (auto v = config_detail::read_integer(node, bounds.min, bounds.max, issues))
                    target.*field = static_cast<I>(*v);
            },
            [field](const T& target) { return std::to_string(target.*field); });
    }

    ConfigTable& boolean(std::string key, bool T::*field, std::string doc, KeyOptions options = {}) {
        auto show = [field](const T& target) { return std::string(target.*field ? "true" : "false"); };
        return add(
            {std::move(key), "boolean", "", "", show(T{}), std::move(doc), options.reload, options.secret},
            [field](const ConfigNode& node, T& target, ConfigIssues& issues) {
                if (auto v = config_detail::read_boolean(node, issues)) target.*field = *v;
            },
            show);
    }

    ConfigTable& text(std::string key, std::string T::*field, std::size_t max_bytes, std::string doc,
                      KeyOptions options = {}) {
        auto show = [field](const T& target) { return config_detail::show_text(target.*field); };
        return add(
            {std::move(key), "text", "", "up to " + std::to_string(max_bytes) + " bytes", show(T{}), std::move(doc),
             options.reload, options.secret},
            [field, max_bytes](const ConfigNode& node, T& target, ConfigIssues& issues) {
                if (auto v = config_detail::read_text(node, max_bytes, issues)) target.*field = std::move(*v);
            },
            show);
    }

    ConfigTable& text_list(std::string key, std::vector<std::string> T::*field, std::size_t max_items, std::string doc,
                           KeyOptions options = {}) {
        auto show = [field](const T& target) { return config_detail::show_text_list(target.*field); };
        return add(
            {std::move(key), "list of text", "", "up to " + std::to_string(max_items) + " items", show(T{}),
             std::move(doc), options.reload, options.secret},
            [field, max_items](const ConfigNode& node, T& target, ConfigIssues& issues) {
                if (auto v = config_detail::read_text_list(node, max_items, issues)) target.*field = std::move(*v);
            },
            show);
    }

    template <class Rep, class Period>
    ConfigTable& duration(std::string key, std::chrono::duration<Rep, Period> T::*field,
                          Bounds<std::chrono::microseconds> bounds, std::string doc, KeyOptions options = {}) {
        using D = std::chrono::duration<Rep, Period>;
        auto show = [field](const T& target) {
            return config_detail::show_duration_us(
                std::chrono::duration_cast<std::chrono::microseconds>(target.*field).count());
        };
        return add(
            {std::move(key), "duration", "",
             config_detail::show_duration_us(bounds.min.count()) + ".." +
                 config_detail::show_duration_us(bounds.max.count()),
             show(T{}), std::move(doc), options.reload, options.secret},
            [field, bounds](const ConfigNode& node, T& target, ConfigIssues& issues) {
                if (auto v = config_detail::read_duration_us(node, bounds.min.count(), bounds.max.count(), issues))
                    target.*field = std::chrono::duration_cast<D>(std::chrono::microseconds{*v});
            },
            show);
    }

    template <class I>
    ConfigTable& size(std::string key, I T::*field, Bounds<std::int64_t> bounds, std::string doc,
                      KeyOptions options = {}) {
        auto show = [field](const T& target) {
            return config_detail::show_size_bytes(static_cast<std::int64_t>(target.*field));
        };
        return add(
            {std::move(key), "size", "bytes",
             config_detail::show_size_bytes(bounds.min) + ".." + config_detail::show_size_bytes(bounds.max), show(T{}),
             std::move(doc), options.reload, options.secret},
            [field, bounds](const ConfigNode& node, T& target, ConfigIssues& issues) {
                if (auto v = config_detail::read_size_bytes(node, bounds.min, bounds.max, issues))
                    target.*field = static_cast<I>(*v);
            },
            show);
    }

    // `names[i]` stands for the enumerator with value i.
    template <class Enum>
    ConfigTable& choice(std::string key, Enum T::*field, std::vector<std::string> names, std::string doc,
                        KeyOptions options = {}) {
        auto show = [field, names](const T& target) { return names.at(static_cast<std::size_t>(target.*field)); };
        std::string type = "one of ";
        for (const auto& n : names) type += (&n == &names.front() ? "" : "|") + n;
        return add(
            {std::move(key), std::move(type), "", "", show(T{}), std::move(doc), options.reload, options.secret},
            [field, names](const ConfigNode& node, T& target, ConfigIssues& issues) {
                if (auto v = config_detail::read_choice(node, names, issues)) target.*field = static_cast<Enum>(*v);
            },
            show);
    }

    // A nested map described by its own table; its keys are documented as "<key>.<inner>".
    template <class S>
    ConfigTable& section(std::string key, S T::*field, const ConfigTable<S>& table, std::string doc) {
        for (const auto& inner : table.keys()) {
            auto d = inner.doc;
            d.key = key + "." + d.key;
            nested_docs_.push_back({d, [field, show = inner.show](const void* target) {
                                        return show(&(static_cast<const T*>(target)->*field));
                                    }});
        }
        return add(
            {key, "map", "", "", "", std::move(doc), ReloadClass::kHot, false},
            [field, table, key](const ConfigNode& node, T& target, ConfigIssues& issues) {
                table.read(node, target.*field, issues, key);
            },
            [](const T&) { return std::string(); });
    }

    // A key that is read by the caller itself (`read` sees the node; document it here all the same).
    ConfigTable& custom(ConfigKeyDoc doc, std::function<void(const ConfigNode&, T&, ConfigIssues&)> read,
                        std::function<std::string(const T&)> show) {
        return add(std::move(doc), std::move(read), std::move(show));
    }

    // Fills `target` from a map node; a missing or null node leaves the defaults. `what` names the map in messages.
    void read(const ConfigNode& node, T& target, ConfigIssues& issues, std::string_view what) const {
        config_detail::read_map(node, keys_, &target, issues, what);
    }

    struct Shown {
        ConfigKeyDoc doc;
        std::string value;
    };
    // Every key with its effective value (nested keys dotted), in table order; secrets are shown as "(secret)".
    std::vector<Shown> show(const T& target) const {
        std::vector<Shown> out;
        for (const auto& key : keys_)
            if (key.doc.type != "map") out.push_back({key.doc, key.doc.secret ? "(secret)" : key.show(&target)});
        for (const auto& [doc, show] : nested_docs_) out.push_back({doc, doc.secret ? "(secret)" : show(&target)});
        return out;
    }

    const std::vector<config_detail::Key>& keys() const noexcept { return keys_; }

private:
    ConfigTable& add(ConfigKeyDoc doc, std::function<void(const ConfigNode&, T&, ConfigIssues&)> read,
                     std::function<std::string(const T&)> show) {
        keys_.push_back(
            {std::move(doc),
             [read = std::move(read)](const ConfigNode& node, void* target, ConfigIssues& issues) {
                 read(node, *static_cast<T*>(target), issues);
             },
             [show = std::move(show)](const void* target) { return show(*static_cast<const T*>(target)); }});
        return *this;
    }

    std::vector<config_detail::Key> keys_;
    std::vector<std::pair<ConfigKeyDoc, std::function<std::string(const void*)>>> nested_docs_;
};

}  // namespace gatehouse
