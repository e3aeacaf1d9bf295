// Posts a JSON object to a receiver whenever a camera goes live or offline.
#include <gatehouse/plugin.h>

#include <Poco/JSON/Object.h>

#include <memory>
#include <sstream>
#include <string>

#include "deliveries.h"
#include "secret_file.h"
#include "settings.h"

namespace state_webhook {

using gatehouse::Camera;
using gatehouse::CameraLive;
using gatehouse::CameraLiveChanged;

namespace {

constexpr std::size_t kEventsQueue = 256;
constexpr std::chrono::milliseconds kTurn{250};
constexpr int kFailuresThatMatter = 3;

const char* text(CameraLive::State state) {
    switch (state) {
        case CameraLive::State::kConnecting:
            return "connecting";
        case CameraLive::State::kLive:
            return "live";
        case CameraLive::State::kOffline:
            return "offline";
        case CameraLive::State::kUnknown:
            break;
    }
    return "unknown";
}

std::string event_json(const Camera& camera, CameraLive::State state, const CameraLive& live, gatehouse::UtcTime now) {
    Poco::JSON::Object who, event;
    who.set("id", camera.id);
    who.set("uuid", camera.uuid);
    who.set("name", camera.name);
    event.set("event", "camera_state");
    event.set("at", gatehouse::to_iso8601(now));
    event.set("camera", who);
    event.set("state", text(state));
    if (state != CameraLive::State::kLive && live.state == state) event.set("cause", live.cause);
    std::ostringstream out;
    event.stringify(out);
    return out.str();
}

class StateWebhookPlugin final : public gatehouse::Plugin {
public:
    void configure(const gatehouse::ConfigNode& node, gatehouse::ConfigIssues& issues) override {
        settings_ = read_settings(node, issues);
    }

    void start(gatehouse::Context& context) override {
        std::string problem;
        const auto target = parse_target(settings_.url, problem);
        if (!target) throw gatehouse::Error(gatehouse::ErrorCode::kInvalidArgument, problem);
        std::string secret = settings_.secret_file.empty() ? std::string() : read_secret(settings_.secret_file);

        auto& metrics = context.metrics();
        deliveries_ = std::make_shared<Deliveries>(
            Deliveries::Parts{
                context.http_client(), context.clock(),
                metrics.counter("gatehouse_state_webhook_delivered_total", "Events that the receiver took"),
                metrics.counter("gatehouse_state_webhook_failed_attempts_total", "Attempts that failed"),
                metrics.counter("gatehouse_state_webhook_dropped_total", "Events given up or pushed out"),
                context.logger()},
            settings_, *target, std::move(secret));
        registrations_ += context.events().subscribe<CameraLiveChanged>(
            "state-webhook.camera-state", kEventsQueue, gatehouse::Overflow::kDropOldest,
            [this, &context](const CameraLiveChanged& change) { tell(context, change); });
        registrations_ += context.scheduler().every("state-webhook.deliver", kTurn, [this] { deliveries_->turn(); });
        // The path and query may hold a token.
        context.logger().information("Camera states are posted to " + target->host + ":" +
                                     std::to_string(target->port));
    }

    void stop() override {
        registrations_.clear();
        if (deliveries_) deliveries_->stop();
    }

    gatehouse::PluginHealth health() const override {
        using Status = gatehouse::PluginHealth::Status;
        const auto state = deliveries_->state();
        if (state.failures < kFailuresThatMatter)
            return {Status::kOk, std::to_string(state.waiting) + " events wait", {}};
        return {Status::kDegraded,
                "the receiver takes nothing (" + state.cause + "); " + std::to_string(state.waiting) + " events wait",
                {}};
    }

private:
    void tell(gatehouse::Context& context, const CameraLiveChanged& change) const {
        const auto snapshot = context.catalogue().snapshot();
        const Camera* camera = snapshot->find(change.camera_id);
        if (camera == nullptr) return;  // removed in the meantime
        deliveries_->add(
            event_json(*camera, change.state, context.catalogue().live(*camera), context.clock().utc_now()));
    }

    Settings settings_;
    std::shared_ptr<Deliveries> deliveries_;
    gatehouse::Registrations registrations_;
};

}  // namespace

}  // namespace state_webhook

using state_webhook::StateWebhookPlugin;
GATEHOUSE_PLUGIN(StateWebhookPlugin, .name = "state-webhook", .version = "1.0.0",
                 .summary = "Posts JSON to a receiver when a camera goes live or offline")
