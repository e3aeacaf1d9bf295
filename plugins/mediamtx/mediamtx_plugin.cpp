// The plugin: keeps MediaMTX in the desired state and offers its HLS as the media engine.
#include <Poco/JSON/Object.h>
#include <gatehouse/plugin.h>

#include <memory>
#include <sstream>
#include <string>

#include "attached_engine.h"
#include "auth_hook.h"
#include "controller.h"
#include "hls/hls_engine.h"
#include "kept_secrets.h"
#include "live_table.h"
#include "log_book.h"
#include "managed_engine.h"
#include "settings.h"

namespace gatehouse::mediamtx {
namespace {

// The hook's first answers decide whether MediaMTX stands still: fine steps below 50 ms.
const std::vector<double> kHookBounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1};
const std::vector<double> kApplyBounds{0.05, 0.1, 0.25, 0.5, 1, 2, 4, 6, 10, 30};

std::string details_of(const EngineStatus& s, const LiveTable::Counts& counts, const Settings& settings) {
    Poco::JSON::Object json(Poco::JSON_PRESERVE_KEY_ORDER);
    json.set("mode", settings.mode == Mode::kManaged ? "managed" : "attached");
    json.set("reachable", s.reachable);
    json.set("version", s.version);
    json.set("started", s.started);
    json.set("paths", s.wanted);
    json.set("paths_live", counts.live);
    json.set("paths_offline", counts.offline);
    json.set("paths_given_up", s.dead);
    json.set("paths_refused", s.refused);
    json.set("foreign_paths", s.foreign);
    json.set("reconnects", counts.reconnects);
    json.set("drift", s.drift);
    json.set("repairs", s.repairs);
    json.set("last_repair", s.last_repair.us == 0 ? std::string() : to_iso8601(s.last_repair));
    json.set("last_repair_why", s.last_repair_why);
    json.set("last_apply_seconds", s.last_apply_s);
    json.set("writes", s.keeper.writes);
    json.set("child_starts", s.keeper.starts);
    json.set("child_pid", s.keeper.pid);
    std::ostringstream out;
    json.stringify(out);
    return out.str();
}

class MediamtxPlugin final : public Plugin {
public:
    void configure(const ConfigNode& node, ConfigIssues& issues) override {
        settings_table().read(node, settings_, issues, "mediamtx");
        check_settings(settings_, node.location(), issues);
    }

    void start(Context& context) override {
        context_ = &context;
        live_ = std::make_shared<LiveTable>(settings_.path_prefix);
        hls_ = std::make_shared<HlsEngine>(HlsEngine::Parts{context.http_client(), context.scheduler(), context.clock(),
                                                            context.metrics(), context.logger()},
                                           HlsOptions{});
        log_book_ = std::make_unique<LogBook>(context.logger(), context.clock(), [this] { controller_->wake(); });
        if (settings_.mode == Mode::kManaged) start_hook();
        make_controller();
        registrations_ += context.services().provide<MediaEngine>(hls_);
        registrations_ += context.catalogue().provide_live(
            hls_->engine(), [live = live_](const Camera& camera) { return live->live(camera); });
        registrations_ += context.events().subscribe<CatalogueChanged>(
            "mediamtx.catalogue", 16, Overflow::kDropOldest, [this](const CatalogueChanged&) { controller_->wake(); });
        observe_metrics();
        controller_->start();
    }

    void stop() override {
        registrations_.clear();
        if (hls_) hls_->stop();
        if (controller_) controller_->stop();
        if (hook_) hook_->stop();  // after MediaMTX, which asks it
        controller_.reset();
        hook_.reset();
        log_book_.reset();
        hls_.reset();
        live_.reset();
    }

    PluginHealth health() const override {
        if (!controller_) return {};
        const EngineStatus status = controller_->status();
        const std::string details = details_of(status, live_->counts(), settings_);
        const std::string& trouble = !status.keeper.trouble.empty() ? status.keeper.trouble
                                     : !status.trouble.empty()      ? status.trouble
                                                                    : status.version_trouble;
        const bool asked_for_all = status.revision == context_->catalogue().snapshot()->revision + 1;
        if (status.reachable && trouble.empty() && status.drift.empty() && (status.applying || !asked_for_all))
            return {PluginHealth::Status::kOk, "MediaMTX is being told of a change", details};
        if (status.reachable && trouble.empty() && status.drift.empty())
            return {PluginHealth::Status::kOk, "MediaMTX " + status.version + " has every path as wanted", details};
        if (status.starting && trouble.empty())
            return {PluginHealth::Status::kOk, "MediaMTX is being started", details};
        if (!trouble.empty()) return {PluginHealth::Status::kDegraded, trouble, details};
        return {PluginHealth::Status::kDegraded, "MediaMTX differs from what is wanted: " + status.drift, details};
    }

private:
    void start_hook() {
        secrets_ = load_secrets(context_->places().runtime_dir + "/mediamtx.secrets");
        auto& metrics = context_->metrics();
        const std::string name = "gatehouse_mediamtx_hook_answers_total", help = "Answers of the auth hook";
        hook_ = std::make_unique<AuthHook>(
            secrets_.hook_port, secrets_.hook, secrets_.certificate, rules_of(secrets_), call_pass_,
            AuthHook::Counts{
                metrics.counter(name, help, {{"answer", "allow"}}), metrics.counter(name, help, {{"answer", "deny"}}),
                metrics.counter(name, help, {{"answer", "refuse"}}),
                metrics.histogram("gatehouse_mediamtx_hook_seconds", "Time the auth hook took", kHookBounds)});
        secrets_.hook_port = hook_->port();
        take_secrets(secrets_);
    }

    AuthRules rules_of(const KeptSecrets& secrets) const {
        return {secrets.reader, secrets.cdn, secrets.api, settings_.local_readers};
    }

    // On the controller's thread once that runs.
    void take_secrets(const KeptSecrets& secrets) {
        save_secrets(context_->places().runtime_dir + "/mediamtx.secrets", secrets);
        // MediaMTX's last lines may hold the one before.
        log_book_->set_secrets({secrets.cdn, secrets_.cdn, secrets.reader, secrets.hook, secrets.api});
        secrets_ = secrets;
        hook_->set_rules(rules_of(secrets_));
    }

    void make_controller() {
        Controller::Parts parts{
            context_->http_client(),
            context_->clock(),
            context_->logger(),
            *log_book_,
            *live_,
            context_->metrics().histogram("gatehouse_mediamtx_apply_seconds",
                                          "From giving MediaMTX a change to its listing every path", kApplyBounds),
            [this] { return context_->catalogue().snapshot(); },
            [this](const Camera& camera, StreamRole role) { return open(camera, role); }};
        Controller::Outlets outlets{
            [this](HlsOrigin origin) { hls_->set_origin(std::move(origin)); },
            [this](const std::vector<HlsStream>& streams) { hls_->set_streams(streams); },
            [this](const std::string& uuid, StreamRole role) { hls_->try_once(uuid, role); },
            [this](const std::string& uuid, StreamRole role) { return hls_->wanted(uuid, role); },
            [this](std::int64_t id) { publish_change(id); }};
        controller_ = std::make_unique<Controller>(
            settings_, std::move(parts), std::move(outlets),
            [this](ApiClient& api, std::function<bool()> interrupted, std::function<double()> random) {
                return make_keeper(api, std::move(interrupted), std::move(random));
            });
    }

    std::unique_ptr<EngineKeeper> make_keeper(ApiClient& api, std::function<bool()> interrupted,
                                              std::function<double()> random) {
        if (settings_.mode == Mode::kAttached)
            return std::make_unique<AttachedEngine>(
                settings_, AttachedEngine::Parts{api, context_->logger(), std::move(random), std::move(interrupted),
                                                 [this] { return context_->clock().monotonic_now(); }});
        return std::make_unique<ManagedEngine>(
            settings_, context_->places().runtime_dir, secrets_,
            ManagedEngine::Parts{*log_book_, context_->logger(), std::move(random), call_pass_,
                                 [this](const KeptSecrets& renewed) { take_secrets(renewed); }});
    }

    std::optional<Credentials> open(const Camera& camera, StreamRole role) {
        try {
            return context_->catalogue().credentials(camera, role);
        } catch (const std::exception&) {
            return std::nullopt;  // the path is refused with its reason, once
        }
    }

    void publish_change(std::int64_t id) {
        const auto catalogue = context_->catalogue().snapshot();
        if (const Camera* camera = catalogue->find(id))
            context_->events().publish(CameraLiveChanged{id, live_->live(*camera).state});
    }

    void observe_metrics() {
        const auto observe = [this](const char* metric, const char* help, std::function<double()> read) {
            registrations_ +=
                context_->metrics().observe(std::string("gatehouse_mediamtx_") + metric, help, {}, std::move(read));
        };
        observe("reachable", "1 while MediaMTX's API answers",
                [this] { return controller_->status().reachable ? 1.0 : 0.0; });
        observe("paths_wanted", "Paths that MediaMTX shall have",
                [this] { return static_cast<double>(controller_->status().wanted); });
        observe("paths_live", "Paths whose bytes grow", [this] { return static_cast<double>(live_->counts().live); });
        observe("paths_given_up", "Cameras that are called less often because they gave nothing for long",
                [this] { return static_cast<double>(controller_->status().dead); });
        observe("drift", "1 while MediaMTX has other paths than wanted",
                [this] { return controller_->status().drift.empty() ? 0.0 : 1.0; });
        observe("repairs", "Times MediaMTX was brought back to what is wanted",
                [this] { return static_cast<double>(controller_->status().repairs); });
        observe("writes", "Writes of its file, or configuration calls",
                [this] { return static_cast<double>(controller_->status().keeper.writes); });
        observe("child_starts", "Starts of MediaMTX as a child",
                [this] { return static_cast<double>(controller_->status().keeper.starts); });
        observe("reconnects", "Connections of cameras that began anew",
                [this] { return static_cast<double>(live_->counts().reconnects); });
        observe("api_calls", "Calls of MediaMTX's API",
                [this] { return static_cast<double>(controller_->api_calls()); });
        observe("api_failures", "Calls of MediaMTX's API without an answer",
                [this] { return static_cast<double>(controller_->api_failures()); });
    }

    Settings settings_;
    Context* context_ = nullptr;
    KeptSecrets secrets_;
    const std::shared_ptr<CallPass> call_pass_ = std::make_shared<CallPass>();
    std::shared_ptr<LiveTable> live_;
    std::shared_ptr<HlsEngine> hls_;
    std::unique_ptr<LogBook> log_book_;
    std::unique_ptr<AuthHook> hook_;
    std::unique_ptr<Controller> controller_;
    Registrations registrations_;
};

constexpr const char* kProvides[] = {MediaEngine::kServiceName, nullptr};

}  // namespace
}  // namespace gatehouse::mediamtx

GATEHOUSE_PLUGIN(gatehouse::mediamtx::MediamtxPlugin, .name = "mediamtx", .version = "0.1.0",
                 .summary = "Keeps MediaMTX in the desired state and reads its HLS",
                 .provides = gatehouse::mediamtx::kProvides)
