// Managed mode: MediaMTX runs from the file we write, as a service of its own or as our child.
#pragma once

#include <Poco/Logger.h>
#include <gatehouse/back_off.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "config_file.h"
#include "engine_child.h"
#include "engine_config.h"
#include "engine_keeper.h"
#include "kept_secrets.h"
#include "log_book.h"
#include "settings.h"
#include "settings_watch.h"

namespace gatehouse::mediamtx {

class ManagedEngine final : public EngineKeeper {
public:
    struct Parts {
        LogBook& log_book;
        Poco::Logger& logger;
        std::function<double()> random;       // 0 to 1
        std::shared_ptr<CallPass> call_pass;  // what the auth hook takes for the API
        // Others take them from now on: the file, the auth hook, the log. May throw Error; then nothing is changed.
        std::function<void(const KeptSecrets&)> renew;
    };
    // Throws Error(kInternal) where the directory cannot be made.
    ManagedEngine(Settings settings, const std::string& runtime_dir, KeptSecrets secrets, Parts parts);
    ~ManagedEngine() override;

    void want(const WantedPaths& wanted, MonotonicTime now) override;
    MonotonicTime tick(MonotonicTime now, bool& applied) override;
    bool pending() const override { return dirty_ || rewrite_ || text_ != written_; }
    void inspect(ApiClient& api, const ConfiguredPaths& actual, PathPlan& plan) override;
    bool repair(const PathPlan& plan, const ConfiguredPaths& actual, MonotonicTime now) override;
    bool shut_out(MonotonicTime now) override;
    void agreed() override { repair_back_off_.reset(); }
    void met(const std::optional<EngineInfo>& info) override;
    void lost(MonotonicTime now) override;
    ApiPlace api() const override;
    HlsOrigin origin() const override;
    Facts facts() const override;

private:
    void choose_ports();
    void renew_secret();
    void render();
    // Which MediaMTX it is may change while it is away, or the program be found only then.
    void ask_again(MonotonicTime now);
    void use(const EngineVersion& version);
    void use(const Capabilities& capabilities);
    // True: the file was written.
    bool keep_file(MonotonicTime now);
    bool watches_file() const;  // MediaMTX runs, or may run as a service
    MonotonicTime writable_at() const;
    void keep_child(MonotonicTime now);
    void child_ended(MonotonicTime now);
    bool is_child() const noexcept { return settings_.run == Run::kChild; }

    Settings settings_;
    std::string program_;
    KeptSecrets secrets_;
    bool told_ = false;  // the readers have the secret, or had it in the life of this MediaMTX
    Parts parts_;
    ConfigFile file_;
    EngineConfig config_;
    std::string text_;            // what the file shall hold; empty: nothing was wanted yet
    std::string written_;         // what we wrote last
    bool dirty_ = false;          // config_ is newer than text_
    MonotonicTime wanted_at_{};   // of the first change that is not written yet; 0: none
    MonotonicTime foreign_at_{};  // when somebody else's text was found in the file; 0: it is ours
    bool rewrite_ = false;        // write although the file holds the text
    std::string file_trouble_, child_trouble_;
    BackOff write_back_off_{std::chrono::milliseconds(250), std::chrono::seconds(6)};
    MonotonicTime write_at_{};  // not before, because it failed
    BackOff repair_back_off_{std::chrono::seconds(2), std::chrono::seconds(60)};
    MonotonicTime repair_at_{};
    SettingsWatch watch_;
    std::string started_;                          // of the MediaMTX that watch_ knows
    bool known_ = false;                           // its version
    MonotonicTime ask_at_ = MonotonicTime::max();  // for its version; max: it answers, or a child runs
    std::optional<ChildProcess> child_;
    BackOff child_back_off_{std::chrono::milliseconds(250), std::chrono::seconds(5)};
    MonotonicTime child_at_{}, child_since_{};
    std::uint64_t starts_ = 0, writes_ = 0;
};

}  // namespace gatehouse::mediamtx
