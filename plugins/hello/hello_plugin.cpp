// The smallest useful plugin: one setting, one route, one number. Read it first when you write your own.
#include <Poco/JSON/Object.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>

#include <gatehouse/plugin.h>

namespace gatehouse::hello {

namespace {

struct Settings {
    std::string greeting = "Hello";
};

const ConfigTable<Settings>& settings_table() {
    static const ConfigTable<Settings> table = ConfigTable<Settings>().text(
        "greeting", &Settings::greeting, 200, "What /hello says", {.reload = ReloadClass::kHot});
    return table;
}

class HelloPlugin final : public Plugin {
public:
    void configure(const ConfigNode& node, ConfigIssues& issues) override {
        settings_table().read(node, settings_, issues, "hello");
    }

    void start(Context& context) override {
        answered_ = &context.metrics().counter("gatehouse_hello_answers_total", "Greetings given");
        http::Route route;
        route.name = "hello.greet";
        route.methods = {http::Method::kGet};
        route.pattern = "/hello";
        route.lane = http::Lane::kLoop;
        route.cache = http::CachePolicy{};  // a greeting may change at any time
        route.handler = [this](http::Request&, http::Responder responder) { greet(std::move(responder)); };
        registrations_ += context.http().route(std::move(route));
        context.logger().information("Saying \"" + greeting() + "\" at /hello");
    }

    void stop() override { registrations_.clear(); }

    PluginHealth health() const override {
        return {PluginHealth::Status::kOk, "has greeted " + std::to_string(greeted_.load()) + " times", {}};
    }

    ReloadResult reload(const ConfigNode& node) override {
        Settings fresh;
        ConfigIssues none;  // another instance has checked this node already
        settings_table().read(node, fresh, none, "hello");
        const std::lock_guard lock(mutex_);
        settings_ = std::move(fresh);
        return ReloadResult::kApplied;
    }

private:
    std::string greeting() const {
        const std::lock_guard lock(mutex_);
        return settings_.greeting;
    }

    void greet(http::Responder responder) {
        Poco::JSON::Object data, answer;
        data.set("greeting", greeting());
        answer.set("success", true);
        answer.set("data", data);
        std::ostringstream text;
        answer.stringify(text);
        answered_->add();
        greeted_.fetch_add(1);
        responder.send(http::Response::json(200, text.str()));
    }

    mutable std::mutex mutex_;
    Settings settings_;
    Counter* answered_ = nullptr;
    std::atomic<std::uint64_t> greeted_{0};
    Registrations registrations_;
};

constexpr const char* kRoutes[] = {"/hello", nullptr};

}  // namespace

}  // namespace gatehouse::hello

using gatehouse::hello::HelloPlugin;
GATEHOUSE_PLUGIN(HelloPlugin, .name = "hello", .version = "1.0.0",
                 .summary = "Says hello at /hello; the example to start from",
                 .route_prefixes = gatehouse::hello::kRoutes)
