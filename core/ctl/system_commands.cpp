// gatehousectl status, plugins, config, cache, db
#include <CLI/CLI.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <iostream>
#include <memory>
#include <system_error>

#include "command.h"
#include "failure.h"
#include "text.h"

namespace gatehouse::ctl {

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string state_counts(const Poco::JSON::Object::Ptr& cameras) {
    std::string out = field_text(cameras, "total");
    std::string parts;
    for (const char* state : {"live", "connecting", "offline", "disabled", "unknown"})
        if (field_number(cameras, state) > 0)
            parts += (parts.empty() ? "" : ", ") + field_text(cameras, state) + " " + state;
    return parts.empty() ? out : out + " (" + parts + ")";
}

// A refused reload stays visible until the next one: what is on the disk is not what runs.
void print_refused_reload(const Poco::JSON::Object::Ptr& health) {
    const auto reload = health ? health->getObject("reload") : Poco::JSON::Object::Ptr();
    if (!reload || reload->optValue("applied", true)) return;
    std::cout << "The last reload (" << field_text(reload, "at")
              << ") was refused; the configuration before it is in force:\n";
    const auto messages = reload->getArray("messages");
    for (unsigned i = 0; messages && i < messages->size(); ++i)
        std::cout << "  " << messages->getElement<std::string>(i) << '\n';
}

void status(const Session& session) {
    const Answer answer = session.ask("GET", "/api/admin/status");
    if (session.shown_as_json(answer)) return;
    const auto data = data_object(answer);
    const std::string engine = field_text(data, "engine");
    Pairs pairs{{"gateway", field_text(data, "status") + ", version " + field_text(data, "version") + ", up " +
                                duration_text(field_number(data, "uptime_seconds"))},
                {"engine", engine.empty() ? "none: no plugin provides live media" : engine}};
    if (const auto cameras = data->getObject("cameras")) pairs.emplace_back("cameras", state_counts(cameras));
    pairs.emplace_back("areas", field_text(data, "areas"));
    if (const auto files = data->getObject("descriptors"))
        pairs.emplace_back("open files", field_text(files, "open") + " of " + field_text(files, "limit"));
    std::cout << aligned_pairs(pairs);
    print_refused_reload(data->getObject("health"));
    if (field_text(data, "status") != "ok")
        std::cout << "What is wrong: gatehousectl plugins; journalctl -u gatehouse\n";
}

// Why it does not run, else what it says of itself, else what it is for.
std::string plugin_remark(const Poco::JSON::Object::Ptr& plugin) {
    if (std::string reason = field_text(plugin, "reason"); !reason.empty()) return reason;
    if (const auto health = plugin->getObject("health"))
        if (std::string summary = field_text(health, "summary"); !summary.empty()) return summary;
    return field_text(plugin, "summary");
}

std::string plugin_state(const Poco::JSON::Object::Ptr& plugin) {
    const auto health = plugin->getObject("health");
    const std::string status = health ? field_text(health, "status") : std::string();
    return field_text(plugin, "state") + (status.empty() || status == "ok" ? "" : ", " + status);
}

void plugins(const Session& session) {
    const Answer answer = session.ask("GET", "/api/admin/plugins");
    if (session.shown_as_json(answer)) return;
    const auto list = data_array(answer);
    Table table({"NAME", "VERSION", "STATE", "REMARK"});
    for (std::size_t i = 0; i < list->size(); ++i)
        if (const auto plugin = list->getObject(static_cast<unsigned>(i)))
            table.add({field_text(plugin, "name"), field_text(plugin, "version"), plugin_state(plugin),
                       plugin_remark(plugin)});
    if (table.empty())
        std::cout << "No plugins are enabled. Name some under plugins.enabled in gatehouse.yaml, then: systemctl "
                     "reload gatehouse\n";
    else
        std::cout << table.text();
}

void release_plugin(const Session& session, const std::string& name) {
    // What has no place in a name has none in an address either; the gateway would not know it.
    const bool plain = !name.empty() && name.size() <= 64 &&
                       name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
    if (!plain) throw Failure(kUsage, "'" + printable(name) + "' is no plugin's name");
    const Answer answer = session.ask("POST", "/api/admin/plugins/" + name + "/release", {}, std::chrono::seconds(180));
    if (!session.shown_as_json(answer)) std::cout << name << " is out of quarantine; see: gatehousectl plugins\n";
}

void config_show(const Session& session) {
    const Answer answer = session.ask("GET", "/api/admin/config");
    if (session.shown_as_json(answer)) return;
    const std::string text = field_text(data_object(answer), "text");
    std::cout << text << (text.ends_with('\n') ? "" : "\n");
}

// The daemon reads the configuration, so that there is one reader of it: beside this program, else in /usr/sbin.
[[noreturn]] void config_check(const std::string& file) {
    std::error_code failure;
    const auto beside = std::filesystem::read_symlink("/proc/self/exe", failure).parent_path() / "gatehoused";
    const std::string daemon =
        !failure && std::filesystem::exists(beside, failure) ? beside.string() : "/usr/sbin/gatehoused";
    std::cout.flush();
    ::execl(daemon.c_str(), daemon.c_str(), "--check-config", "--config", file.c_str(), static_cast<char*>(nullptr));
    throw Failure(kUsage, "cannot run " + daemon + ": " + std::generic_category().message(errno));
}

void cache_stats(const Session& session) {
    const Answer answer = session.ask("GET", "/api/admin/cache/stats");
    if (session.shown_as_json(answer)) return;
    const auto data = data_object(answer);
    Table table({"CACHE", "ENTRIES", "SIZE", "HITS", "MISSES", "HIT RATE", "INVALIDATED", "EVICTED"});
    const auto add = [&](const std::string& name, const Poco::JSON::Object::Ptr& each) {
        table.add({name, field_text(each, "size"), bytes_text(static_cast<std::uint64_t>(field_number(each, "bytes"))),
                   field_text(each, "hits"), field_text(each, "misses"), field_text(each, "hitRate"),
                   field_text(each, "invalidations"), field_text(each, "evictions")});
    };
    const auto caches = data->getArray("caches");
    for (std::size_t i = 0; caches && i < caches->size(); ++i)
        if (const auto each = caches->getObject(static_cast<unsigned>(i))) add(field_text(each, "name"), each);
    add("all", data);
    std::cout << table.text();
}

void cache_clear(const Session& session) {
    const Answer answer = session.ask("POST", "/api/admin/cache/clear");
    if (!session.shown_as_json(answer)) std::cout << printable(field_text(answer.body, "message")) << "\n";
}

void db_stats(const Session& session) {
    const Answer answer = session.ask("GET", "/api/admin/db/stats");
    if (session.shown_as_json(answer)) return;
    const auto data = data_object(answer);
    Pairs pairs;
    for (const auto& name : data->getNames())
        if (name != "labels") pairs.emplace_back(name, field_text(data, name));
    std::cout << aligned_pairs(pairs);
    Table table({"LABEL", "COUNT", "SLOW", "FAILED", "TOTAL MS", "LONGEST MS"});
    const auto labels = data->getArray("labels");
    for (std::size_t i = 0; labels && i < labels->size(); ++i)
        if (const auto each = labels->getObject(static_cast<unsigned>(i)))
            table.add({field_text(each, "label"), field_text(each, "count"), field_text(each, "slow"),
                       field_text(each, "failed"), field_text(each, "totalMs"), field_text(each, "longestMs")});
    if (!table.empty()) std::cout << "\n" << table.text();
}

// As this process sees the file; nothing where it sees none. A backup is a new file, also in an old one's place.
struct Seen {
    int failure = 0;
    dev_t device = 0;
    ino_t number = 0;

    explicit Seen(const std::string& path) {
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0) {
            failure = errno;
            return;
        }
        device = status.st_dev;
        number = status.st_ino;
    }
    bool operator==(const Seen&) const = default;
};

// The packaged service has a /tmp of its own and sees neither /home nor /root; nearly all the rest is read-only to it.
constexpr const char* kBackupPlaces =
    "The packaged service can write a backup below /var/lib/gatehouse only:\n"
    "gatehousectl db backup /var/lib/gatehouse/backup.db, and copy it away from there.";

Answer ask_for_backup(const Session& session, const std::string& path) {
    Poco::JSON::Object body;
    body.set("path", path);
    try {
        return session.ask("POST", "/api/admin/db/backup", json_text(body), std::chrono::seconds(600));
    } catch (const Failure& refused) {
        if (refused.code() != kRefused) throw;
        throw Failure(kRefused, refused.what() + std::string("\n") + kBackupPlaces);
    }
}

void db_backup(const Session& session, const std::string& named) {
    std::error_code failure;
    const auto absolute = std::filesystem::absolute(named, failure);
    if (failure) throw Failure(kUsage, "cannot tell where '" + named + "' is: " + failure.message());
    const std::string path = absolute.lexically_normal().string();
    const Seen before(path);
    const Answer answer = ask_for_backup(session, path);
    const Seen after(path);
    // An administrator who may not look into the directory cannot tell.
    if (after.failure != EACCES && (after.failure != 0 || after == before))
        throw Failure(kRefused, "the gateway has written " + printable(path) +
                                    ", but that is not the file seen here: it is lost when the service ends.\n" +
                                    kBackupPlaces);
    if (!session.shown_as_json(answer))
        std::cout << printable(field_text(answer.body, "message")) << ": " << printable(path) << "\n";
}

void reload(const Session& session) {
    const Answer answer = session.ask("POST", "/api/admin/reload", {}, std::chrono::seconds(180));
    if (session.shown_as_json(answer)) return;
    std::cout << printable(field_text(answer.body, "message")) << "\n";
    const auto messages = answer.body->getArray("messages");
    for (std::size_t i = 0; messages && i < messages->size(); ++i)
        std::cout << "  " << printable(messages->get(static_cast<unsigned>(i)).toString()) << "\n";
}

}  // namespace

void add_system_commands(CLI::App& app, const Session& session) {
    const auto command = [&](CLI::App& parent, const char* name, const char* help, auto run) {
        auto* sub = parent.add_subcommand(name, help);
        sub->callback([&session, run, sub] {
            // A sub-command of it has been chosen already.
            if (sub->get_subcommands().empty()) session.choose([&session, run] { run(session); });
        });
        return sub;
    };
    const auto group = [&](const char* name, const char* help) {
        auto* sub = app.add_subcommand(name, help);
        sub->require_subcommand(1);
        return sub;
    };
    command(app, "status", "How the gateway is", status);
    auto* plugins_command = command(app, "plugins", "Plugins and their states", plugins);
    const auto plugin = std::make_shared<std::string>();
    command(*plugins_command, "release", "Let a plugin out of quarantine and start it again",
            [plugin](const Session& s) { release_plugin(s, *plugin); })
        ->add_option("name", *plugin, "The plugin")
        ->required();
    command(app, "reload", "Read the configuration again; a faulty one is refused", reload);
    auto* config = group("config", "Check or show the configuration");
    command(*config, "show", "The effective configuration of the running gateway, without secrets", config_show);
    const auto file = std::make_shared<std::string>("/etc/gatehouse/gatehouse.yaml");
    command(*config, "check", "Check a configuration file without touching the running gateway",
            [file](const Session&) { config_check(*file); })
        ->add_option("--config", *file, "The file")
        ->capture_default_str();
    auto* cache = group("cache", "Look into the caches or empty them");
    command(*cache, "stats", "Statistics", cache_stats);
    command(*cache, "clear", "Empty all caches", cache_clear);
    auto* db = group("db", "Database statistics and backup");
    command(*db, "stats", "Statistics of the pool", db_stats);
    const auto path = std::make_shared<std::string>();
    command(*db, "backup", "Copy the running database, verified, to a file the gateway can write",
            [path](const Session& s) { db_backup(s, *path); })
        ->add_option("file", *path, "Where to")
        ->required();
}

}  // namespace gatehouse::ctl
