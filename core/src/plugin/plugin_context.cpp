#include "plugin/plugin_context.h"

namespace gatehouse::plugin {

namespace {

db::DbIdentity identity_of(const Descriptor& descriptor) {
    db::DbIdentity identity{descriptor.name, descriptor.table_prefix, {}};
    for (const auto& step : descriptor.migrations) identity.migrations.push_back({step.number, step.sql});
    return identity;
}

}  // namespace

PluginContext::PluginContext(const Descriptor& descriptor, Firewall& firewall, PluginDoors& doors,
                             ServiceRegistry& services, ReportFailed report_failed)
    : doors_(doors),
      logger_(Poco::Logger::get(descriptor.name)),
      report_failed_(std::move(report_failed)),
      db_(doors.open_database(identity_of(descriptor)), firewall, ledger_),
      router_(doors.open_router(descriptor.name, descriptor.route_prefixes), firewall, ledger_),
      events_(doors.events, firewall, ledger_),
      scheduler_(doors.open_scheduler(descriptor.name), firewall, ledger_),
      catalogue_(doors.catalogue, firewall, ledger_),
      metrics_(doors.metrics, firewall, ledger_),
      http_client_(doors.http_client, firewall),
      guarded_services_(services, descriptor, ledger_) {}

PluginContext::~PluginContext() { revoke(); }

void PluginContext::revoke() noexcept {
    ledger_.revoke_all();
    scheduler_.close();
    http_client_.close();
    db_.close();  // last: what runs until then may write
}

}  // namespace gatehouse::plugin
