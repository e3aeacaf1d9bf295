// Attached mode: our paths inside a MediaMTX that somebody else runs, through its API.
#pragma once

#include <Poco/Logger.h>
#include <gatehouse/back_off.h>

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "api_client.h"
#include "engine_keeper.h"
#include "settings.h"

namespace gatehouse::mediamtx {

// Only what differs is written, by REPLACE and DELETE and never by PATCH: one refused PATCH makes every later write
// fail and its refused values come alive later (v1.20.1, observed). Names outside our prefix are never written.
class AttachedEngine final : public EngineKeeper {
public:
    struct Parts {
        ApiClient& api;
        Poco::Logger& logger;
        std::function<double()> random;     // 0 to 1
        std::function<bool()> interrupted;  // something more urgent is waiting: stop after the current call
        std::function<MonotonicTime()> now;
    };
    // Throws Error(kInvalidArgument) where the credentials file cannot be read.
    AttachedEngine(const Settings& settings, Parts parts);

    void want(const WantedPaths& wanted, MonotonicTime now) override;
    MonotonicTime tick(MonotonicTime now, bool& applied) override;
    void inspect(ApiClient& api, const ConfiguredPaths& actual, PathPlan& plan) override;
    bool repair(const PathPlan& plan, const ConfiguredPaths& actual, MonotonicTime now) override;
    void agreed() override;
    void met(const std::optional<EngineInfo>& info) override;
    ApiPlace api() const override { return place_; }
    HlsOrigin origin() const override { return origin_; }
    Facts facts() const override;

private:
    struct Refused {
        PathConfig config;  // what was refused: another one is tried at once
        std::string text;
        MonotonicTime retry_at{};
    };
    // What MediaMTX took and yet says otherwise: another version may show values differently. Not asked for ever.
    struct Given {
        PathConfig config;
        BackOff back_off{std::chrono::seconds(3), std::chrono::minutes(5)};
        MonotonicTime retry_at{};
    };
    void note_given(const std::string& name, const PathConfig& config);
    // Empty: done. Else the refusal's text.
    std::string write(const std::string& name, const PathConfig& config, bool exists);
    bool may_try(const std::string& name, MonotonicTime now) const;
    void look_at(const GlobalConfig& global);
    void note_refusal(const std::string& name, const std::string& text);
    // Every later write fails with the same words: one REPLACE each of all our paths cures it where the path is ours.
    void cure(MonotonicTime now);

    Parts parts_;
    ApiPlace place_;
    HlsOrigin origin_;
    WantedPaths wanted_;
    std::map<std::string, Refused> refused_;
    std::map<std::string, Given> given_;
    BackOff cure_back_off_{std::chrono::seconds(5), std::chrono::minutes(5)};
    MonotonicTime cure_at_{};
    bool poisoned_ = false;
    bool has_secret_ = true;  // MediaMTX of this version can have one
    std::string secret_trouble_;
    std::uint64_t writes_ = 0;
};

}  // namespace gatehouse::mediamtx
