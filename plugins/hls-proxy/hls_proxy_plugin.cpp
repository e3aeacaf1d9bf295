// The plugin: serves every camera's live picture below /hls/.
#include <gatehouse/plugin.h>

#include <Poco/JSON/Object.h>

#include <memory>
#include <sstream>
#include <string>

#include "origin.h"
#include "publisher.h"
#include "request_handler.h"
#include "settings.h"
#include "viewer_log.h"
#include "viewer_table.h"

namespace gatehouse::hls {
namespace {

std::unique_ptr<SequenceFile> open_sequences(Context& context) {
    const std::string path = context.places().runtime_dir + "/hls-sequences";
    try {
        return std::make_unique<SequenceFile>(path);
    } catch (const std::exception& e) {
        context.logger().error(
            "the memory of media sequences cannot be opened, players may stall at the next restart: " +
            std::string(e.what()));
        return nullptr;
    }
}

class HlsProxyPlugin final : public Plugin {
public:
    void configure(const ConfigNode& node, ConfigIssues& issues) override {
        settings_table().read(node, settings_, issues, "hls-proxy");
    }

    void start(Context& context) override {
        engine_ = context.services().get<MediaEngine>();
        viewers_ = std::make_shared<ViewerTable>(settings_.viewer_timeout, context.clock());
        log_ = std::make_unique<ViewerLog>(context.db(), *viewers_, context.clock(),
                                           ViewerLog::Bounds{settings_.viewer_retention, settings_.viewer_sessions});
        log_->close_leftovers();
        origin_ = std::make_unique<Origin>(context.caches(), engine_, settings_.origin_cache);
        auto sequences = open_sequences(context);
        remembers_ = sequences != nullptr;
        publisher_ = std::make_shared<Publisher>(
            Publisher::Parts{engine_, context.catalogue(), context.scheduler(), context.clock(), context.logger(),
                             std::move(sequences)},
            ViewOptions{std::chrono::microseconds(settings_.playlist).count(), settings_.keep_window});
        handler_ = std::make_shared<RequestHandler>(
            RequestHandler::Parts{engine_, context.catalogue(), context.accounts(), context.clock(), *publisher_,
                                  *origin_, *viewers_, settings_.first_picture_wait});
        publisher_->on_published([weak = std::weak_ptr(handler_)](const std::string& uuid) {
            if (const auto handler = weak.lock()) handler->published(uuid);
        });
        follow(context);
        serve(context);
        publisher_->refresh_all();
    }

    // Whoever waits would hold up the end.
    void quiesce() override { handler_->close(); }

    void stop() override {
        if (handler_) handler_->close();
        registrations_.clear();
        if (viewers_ && log_) {
            viewers_->end_all();
            log_->finish();
        }
        handler_.reset();
        publisher_.reset();
        origin_.reset();
        log_.reset();
        viewers_.reset();
        engine_.reset();
    }

    PluginHealth health() const override {
        const auto publisher = publisher_;
        const auto viewers = viewers_;
        if (!publisher || !viewers) return {};
        Poco::JSON::Object json(Poco::JSON_PRESERVE_KEY_ORDER);
        json.set("engine", engine_->engine());
        json.set("streams", publisher->published_streams());
        json.set("viewers", viewers->active());
        std::ostringstream details;
        json.stringify(details);
        if (!remembers_ || publisher->store_failures() > 0)
            return {PluginHealth::Status::kDegraded, "media sequences are not kept over a restart", details.str()};
        return {PluginHealth::Status::kOk, "live pictures are served", details.str()};
    }

private:
    void follow(Context& context) {
        registrations_ +=
            engine_->on_change([weak = std::weak_ptr(publisher_)](const std::string& uuid, StreamRole role) {
                if (const auto publisher = weak.lock()) publisher->changed(uuid, role);
            });
        registrations_ += context.events().subscribe<CatalogueChanged>(
            "hls-proxy.catalogue", 16, Overflow::kDropOldest,
            [this](const CatalogueChanged&) { publisher_->refresh_all(); });
        auto& scheduler = context.scheduler();
        registrations_ += scheduler.every("hls-proxy.tick", std::chrono::seconds(1), [this] {
            publisher_->tick();
            handler_->tick();
            viewers_->sweep();
        });
        registrations_ += scheduler.every("hls-proxy.viewers", settings_.viewer_flush, [this] { log_->flush(); });
    }

    void serve(Context& context) {
        registrations_ += context.services().provide<hls_proxy::Viewers>(viewers_);
        registrations_ +=
            context.metrics().observe("gatehouse_hls_viewers", "Viewers of live pictures at this moment", {},
                                      [viewers = viewers_] { return static_cast<double>(viewers->active()); });
        registrations_ +=
            context.metrics().observe("gatehouse_hls_viewers_uncounted",
                                      "Times that a viewer was served and not counted, for there were too many", {},
                                      [viewers = viewers_] { return static_cast<double>(viewers->uncounted()); });
        registrations_ += context.metrics().observe(
            "gatehouse_hls_streams", "Streams that can be watched at this moment", {},
            [publisher = publisher_] { return static_cast<double>(publisher->published_streams()); });
        registrations_ += context.catalogue().provide_stream_url(
            "hls", [](const Camera& camera) { return "/hls/" + camera.stream_key + "/index.m3u8"; });
        http::Route route;
        route.name = "hls.file";
        route.methods = {http::Method::kGet};
        route.pattern = "/hls/{key}/{file}";
        route.lane = http::Lane::kLoop;
        route.cache = http::CachePolicy{};
        route.any_origin = true;
        route.handler = [this](http::Request& request, http::Responder responder) {
            handler_->handle(request, std::move(responder));
        };
        registrations_ += context.http().route(std::move(route));
    }

    Settings settings_;
    std::shared_ptr<MediaEngine> engine_;
    std::shared_ptr<ViewerTable> viewers_;
    std::unique_ptr<ViewerLog> log_;
    std::unique_ptr<Origin> origin_;
    std::shared_ptr<Publisher> publisher_;
    std::shared_ptr<RequestHandler> handler_;
    bool remembers_ = true;
    Registrations registrations_;
};

constexpr const char* kProvides[] = {hls_proxy::Viewers::kServiceName, nullptr};
constexpr const char* kRequires[] = {MediaEngine::kServiceName, nullptr};
constexpr const char* kRoutes[] = {"/hls/", nullptr};

}  // namespace
}  // namespace gatehouse::hls

GATEHOUSE_PLUGIN(gatehouse::hls::HlsProxyPlugin, .name = "hls-proxy", .version = "0.1.0",
                 .summary = "Live pictures as HLS at /hls/<stream key>/index.m3u8", .table_prefix = "hls_",
                 .provides = gatehouse::hls::kProvides, .requires_ = gatehouse::hls::kRequires,
                 .route_prefixes = gatehouse::hls::kRoutes, .migrations = gatehouse::hls::kViewerMigrations)
