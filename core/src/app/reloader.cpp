#include "app/reloader.h"

#include "app/certificate.h"
#include "app/check_config.h"

namespace gatehouse::app {

Poco::Message::Priority priority_of(config::LogLevel level) {
    switch (level) {
        case config::LogLevel::kError:
            return Poco::Message::PRIO_ERROR;
        case config::LogLevel::kWarning:
            return Poco::Message::PRIO_WARNING;
        case config::LogLevel::kInformation:
            return Poco::Message::PRIO_INFORMATION;
        case config::LogLevel::kDebug:
            return Poco::Message::PRIO_DEBUG;
        case config::LogLevel::kTrace:
            break;
    }
    return Poco::Message::PRIO_TRACE;
}

Reloader::Reloader(std::shared_ptr<const config::Configuration> running, plugin::PluginHost& plugins,
                   http::Front& front, log::LogSystem& log, const Clock& clock, Poco::Logger& logger)
    : plugins_(plugins), front_(front), log_(log), clock_(clock), logger_(logger), running_(std::move(running)) {}

api::ReloadReport Reloader::reload() {
    const std::lock_guard turn(one_at_a_time_);
    api::ReloadReport report;
    if (closed_)
        report.messages = {"the service is ending"};
    else
        report = check_and_apply();
    const std::lock_guard lock(mutex_);
    last_ = {clock_.utc_now(), report.applied, report.messages};
    return report;
}

api::ReloadReport Reloader::check_and_apply() {
    logger_.information("Reading the configuration again");
    ConfigIssues issues;
    const auto wanted = config::load_configuration(running()->file, issues);
    auto certificate = load_certificate(*wanted, issues);
    auto prepared = plugins_.prepare(wishes_of(*wanted), issues);
    if (!issues.empty()) return refused(issues);

    api::ReloadReport report{true, {}};
    for (const auto& key : config::changes_that_need_a_restart(running()->app, wanted->app))
        report.messages.push_back(key + " takes effect when the service is started again");
    apply_host_keys(wanted->app);
    if (certificate) apply_certificate(std::move(certificate));
    for (auto& line : plugins_.apply(std::move(prepared))) report.messages.push_back(std::move(line));
    {
        const std::lock_guard lock(mutex_);
        running_ = wanted;
    }
    logger_.information("The new configuration is in force");
    for (const auto& message : report.messages) logger_.information("Reload: " + message);
    return report;
}

api::ReloadReport Reloader::refused(const ConfigIssues& issues) {
    api::ReloadReport report;
    logger_.error("The new configuration is refused; the running one stays in force");
    for (const auto& issue : issues.all()) {
        report.messages.push_back(issue.text());
        logger_.error(issue.text());
    }
    return report;
}

void Reloader::apply_host_keys(const config::AppSettings& settings) {
    log_.set_level(priority_of(settings.log.level));
    front_.set_public_ttl(settings.cache.public_ttl);
    plugins_.set_deadlines(settings.plugins.start_deadline, settings.plugins.stop_deadline);
}

void Reloader::apply_certificate(std::shared_ptr<const net::TlsContext> certificate) {
    logger_.information("The certificate holds " + describe(*certificate, clock_.utc_now()));
    front_.set_certificate(std::move(certificate));
}

void Reloader::close() {
    const std::lock_guard turn(one_at_a_time_);
    closed_ = true;
}

std::shared_ptr<const config::Configuration> Reloader::running() const {
    const std::lock_guard lock(mutex_);
    return running_;
}

LastReload Reloader::last() const {
    const std::lock_guard lock(mutex_);
    return last_;
}

}  // namespace gatehouse::app
