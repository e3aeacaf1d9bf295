#include "config/yaml_reader.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <istream>
#include <streambuf>
#include <unordered_map>
#include <utility>

#include <gatehouse/error.h>

#include "base/file.h"
#include "config/yaml_text_check.h"

namespace gatehouse::config {

namespace {

using Kind = ConfigNode::Kind;

// Ends the parse at the first thing that makes going on pointless.
struct Refused {};

// Builds the tree from the parser's events. yaml-cpp's own node tree would share aliased nodes, so that a few hundred
// bytes could stand for gigabytes; here an alias never gets as far as being expanded.
class TreeBuilder final : public YAML::EventHandler {
public:
    TreeBuilder(const std::string& file_name, ConfigIssues& issues) : file_name_(file_name), issues_(issues) {}

    std::shared_ptr<const ConfigNode::Impl> root() const { return root_; }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (root_) refuse(mark, "a second document; one file holds one document");
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        check(mark, "", anchor);
        add(made(Kind::kNull, mark));
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        refuse(mark, "aliases (*name) are not supported; write the value again");
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        check(mark, tag, anchor);
        auto node = made(Kind::kScalar, mark);
        node->scalar = value;
        node->quoted = tag == "!";
        add(std::move(node));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        begin(Kind::kSequence, mark, tag, anchor);
    }
    void OnSequenceEnd() override { end(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        begin(Kind::kMap, mark, tag, anchor);
    }
    void OnMapEnd() override { end(); }

private:
    struct Frame {
        std::shared_ptr<ConfigNode::Impl> node;
        bool has_key = false;
        std::string key;
        ConfigLocation key_location;
        std::unordered_map<std::string, int> lines;  // of the keys so far
    };

    ConfigLocation at(const YAML::Mark& mark) const { return {file_name_, mark.line + 1, mark.column + 1}; }

    [[noreturn]] void refuse(const YAML::Mark& mark, std::string message) {
        issues_.add(at(mark), std::move(message));
        throw Refused{};
    }

    void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        if (anchor != 0) refuse(mark, "anchors (&name) are not supported; write the value where it is used");
        if (!tag.empty() && tag != "?" && tag != "!") refuse(mark, "tags (!name) are not supported");
        if (++nodes_ > kMaxNodes)
            refuse(mark, "the file holds more than " + std::to_string(kMaxNodes) + " keys and values");
    }

    std::shared_ptr<ConfigNode::Impl> made(Kind kind, const YAML::Mark& mark) const {
        auto node = std::make_shared<ConfigNode::Impl>();
        node->kind = kind;
        node->where = at(mark);
        return node;
    }

    void begin(Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        check(mark, tag, anchor);
        if (expects_key()) refuse(mark, "a key must be plain text, not a map or a list");
        if (open_.size() >= kMaxDepth)
            refuse(mark, "maps and lists are nested deeper than " + std::to_string(kMaxDepth) + " levels");
        open_.push_back({made(kind, mark), false, {}, {}, {}});
    }

    void end() {
        auto node = std::move(open_.back().node);
        open_.pop_back();
        add(std::move(node));
    }

    bool expects_key() const {
        return !open_.empty() && open_.back().node->kind == Kind::kMap && !open_.back().has_key;
    }

    void add(std::shared_ptr<ConfigNode::Impl> node) {
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        Frame& top = open_.back();
        if (top.node->kind == Kind::kSequence)
            top.node->items.emplace_back(std::move(node));
        else if (!top.has_key)
            take_key(top, *node);
        else
            take_value(top, std::move(node));
    }

    void take_key(Frame& top, const ConfigNode::Impl& node) {
        top.has_key = true;
        top.key = node.kind == Kind::kScalar ? node.scalar : std::string();
        top.key_location = node.where;
        if (top.key.empty()) issues_.add(node.where, "a key is missing before ':'");
    }

    void take_value(Frame& top, std::shared_ptr<ConfigNode::Impl> node) {
        top.has_key = false;
        if (top.key.empty()) return;
        const auto [first, is_new] = top.lines.emplace(top.key, top.key_location.line);
        if (is_new)
            top.node->entries.push_back({top.key, top.key_location, ConfigNode(std::move(node))});
        else
            issues_.add(top.key_location, "duplicate key '" + top.key.substr(0, 64) + "'; the first is at line " +
                                              std::to_string(first->second));
    }

    const std::string& file_name_;
    ConfigIssues& issues_;
    std::vector<Frame> open_;
    std::size_t nodes_ = 0;
    std::shared_ptr<ConfigNode::Impl> root_;
};

// Reads from memory without a copy.
class TextBuffer final : public std::streambuf {
public:
    explicit TextBuffer(std::string_view text) {
        char* begin = const_cast<char*>(text.data());  // the get area is never written to
        setg(begin, begin, begin + text.size());
    }
};

std::shared_ptr<ConfigNode::Impl> missing_at(const std::string& file_name, Kind kind) {
    auto node = std::make_shared<ConfigNode::Impl>();
    node->kind = kind;
    node->where = {file_name, 0, 0};
    return node;
}

}  // namespace

ConfigNode read_yaml(std::string_view text, const std::string& file_name, ConfigIssues& issues) {
    if (!check_yaml_text(text, file_name, issues)) return ConfigNode(missing_at(file_name, Kind::kMissing));
    TreeBuilder builder(file_name, issues);
    try {
        TextBuffer buffer(text);
        std::istream stream(&buffer);
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const Refused&) {
        return ConfigNode(missing_at(file_name, Kind::kMissing));
    } catch (const YAML::Exception& failure) {
        issues.add({file_name, failure.mark.line + 1, failure.mark.column + 1}, "not valid YAML: " + failure.msg);
        return ConfigNode(missing_at(file_name, Kind::kMissing));
    }
    if (auto root = builder.root()) return ConfigNode(std::move(root));
    return ConfigNode(missing_at(file_name, Kind::kNull));
}

ConfigNode read_yaml_file(const std::string& file_name, bool required, ConfigIssues& issues) {
    try {
        const auto file = read_file(file_name, kMaxFileBytes);
        if (file && !file->too_large) return read_yaml(file->bytes, file_name, issues);
        if (file)
            issues.add({file_name, 0, 0},
                       "the file is larger than " + std::to_string(kMaxFileBytes) + " bytes (1 MiB)");
        else if (required)
            issues.add({file_name, 0, 0}, "the file does not exist");
    } catch (const Error& failure) {
        issues.add({file_name, 0, 0}, failure.message());
    }
    return ConfigNode(missing_at(file_name, Kind::kMissing));
}

}  // namespace gatehouse::config
