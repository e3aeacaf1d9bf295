// The plugin: offers the media worker as the built-in engine.
#include <gatehouse/plugin.h>

#include <Poco/JSON/Object.h>

#include <memory>
#include <sstream>
#include <string>

#include "builtin_engine.h"
#include "desired_streams.h"
#include "settings.h"
#include "worker_link.h"
#include "worker_model.h"

namespace gatehouse::media_worker {
namespace {

LinkOptions link_options(const Settings& settings, const Places& places) {
    LinkOptions options;
    options.mode = settings.mode;
    options.service_socket = settings.socket.empty() ? places.runtime_dir + "/media.sock" : settings.socket;
    options.child_socket = places.runtime_dir + "/media-child.sock";
    const std::string program = settings.program.empty() ? places.libexec_dir + "/gatehouse-mediad" : settings.program;
    options.child_command = {program,
                             "--socket",
                             options.child_socket,
                             "--die-with-parent",
                             "--streams-per-shard",
                             std::to_string(settings.streams_per_shard)};
    return options;
}

std::string details_of(const LinkStatus& status) {
    Poco::JSON::Object json(Poco::JSON_PRESERVE_KEY_ORDER);
    json.set("connected", status.connected);
    json.set("worker", status.child ? "child" : "service");
    json.set("worker_pid", status.worker_pid);
    json.set("worker_version", status.worker_version);
    json.set("shards", status.shards);
    json.set("connections", status.connections);
    json.set("child_starts", status.child_starts);
    json.set("refused_facts", status.refused_facts);
    std::ostringstream out;
    json.stringify(out);
    return out.str();
}

class MediaWorkerPlugin final : public Plugin {
public:
    void configure(const ConfigNode& node, ConfigIssues& issues) override {
        settings_table().read(node, settings_, issues, "media-worker");
    }

    void start(Context& context) override {
        context_ = &context;
        engine_ = std::make_shared<BuiltinEngine>();
        model_ = std::make_unique<WorkerModel>(*engine_, context.clock(),
                                               [this](const std::string& id) { publish_change(id); });
        link_ = std::make_unique<WorkerLink>(
            link_options(settings_, context.places()), [this] { return read_desired(); }, *model_, context.logger());
        registrations_ += context.services().provide<MediaEngine>(engine_);
        registrations_ += context.catalogue().provide_live(
            engine_->engine(), [engine = engine_](const Camera& camera) { return engine->live(camera); });
        registrations_ += context.events().subscribe<CatalogueChanged>(
            "media-worker.catalogue", 16, Overflow::kDropOldest, [this](const CatalogueChanged&) { link_->wake(); });
        registrations_ += observe("gatehouse_media_worker_connected", "1 while the media worker is connected",
                                  [this] { return link_->status().connected ? 1.0 : 0.0; });
        registrations_ += observe("gatehouse_media_worker_child_starts", "Starts of a worker of the gateway's own",
                                  [this] { return static_cast<double>(link_->status().child_starts); });
        registrations_ += observe("gatehouse_media_worker_refused_facts", "Facts of the worker that made no sense",
                                  [this] { return static_cast<double>(link_->status().refused_facts); });
        link_->start();
    }

    void stop() override {
        registrations_.clear();
        if (link_) link_->stop();
        link_.reset();
        model_.reset();
        engine_.reset();
    }

    PluginHealth health() const override {
        if (!link_) return {};
        const LinkStatus status = link_->status();
        if (status.connected) return {PluginHealth::Status::kOk, "the media worker is connected", details_of(status)};
        if (status.trouble.empty())
            return {PluginHealth::Status::kOk, "the media worker is being connected", details_of(status)};
        return {PluginHealth::Status::kDegraded, "the media worker: " + status.trouble, details_of(status)};
    }

private:
    DesiredStreams read_desired() {
        const auto open = [this](const Camera& camera, StreamRole role) -> std::optional<Credentials> {
            try {
                return context_->catalogue().credentials(camera, role);
            } catch (const std::exception& e) {
                context_->logger().error("the credentials of camera " + std::to_string(camera.id) + " (" +
                                         std::string(name(role)) + ") cannot be opened: " + e.what());
                return std::nullopt;
            }
        };
        return desired_streams(*context_->catalogue().snapshot(), open);
    }

    // On the thread that reads the worker.
    void publish_change(const std::string& stream_id) {
        const auto slash = stream_id.rfind('/');
        if (stream_id.substr(slash + 1) != name(StreamRole::kMain)) return;
        const auto catalogue = context_->catalogue().snapshot();
        if (const Camera* camera = catalogue->find_by_uuid(stream_id.substr(0, slash)))
            context_->events().publish(CameraLiveChanged{camera->id, engine_->live(*camera).state});
    }

    Registration observe(const std::string& metric, const std::string& help, std::function<double()> read) {
        return context_->metrics().observe(metric, help, {}, std::move(read));
    }

    Settings settings_;
    Context* context_ = nullptr;
    std::shared_ptr<BuiltinEngine> engine_;
    std::unique_ptr<WorkerModel> model_;
    std::unique_ptr<WorkerLink> link_;
    Registrations registrations_;
};

constexpr const char* kProvides[] = {MediaEngine::kServiceName, nullptr};

}  // namespace
}  // namespace gatehouse::media_worker

GATEHOUSE_PLUGIN(gatehouse::media_worker::MediaWorkerPlugin, .name = "media-worker", .version = "0.1.0",
                 .summary = "Built-in media engine: pulls the cameras through gatehouse-mediad",
                 .provides = gatehouse::media_worker::kProvides)
