#include "api/machine_facts.h"

#include <sys/resource.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <system_error>

#include "base/open_files.h"

namespace gatehouse::api {

namespace {

std::tm local_parts(UtcTime now) {
    const auto seconds = static_cast<std::time_t>(now.us / 1'000'000);
    std::tm parts{};
    localtime_r(&seconds, &parts);
    return parts;
}

}  // namespace

std::string time_zone_name() {
    tzset();
    if (const char* name = std::getenv("TZ"); name && *name) return name[0] == ':' ? name + 1 : name;
    std::error_code failure;
    const std::string target = std::filesystem::read_symlink("/etc/localtime", failure).string();
    constexpr std::string_view kFolder = "zoneinfo/";
    if (const auto at = target.find(kFolder); !failure && at != std::string::npos)
        return target.substr(at + kFolder.size());
    return "UTC";
}

contract::LocalTime local_time_now(UtcTime now, const std::string& zone_name) {
    const std::tm parts = local_parts(now);
    return contract::local_time(now, zone_name, parts.tm_gmtoff, parts.tm_zone ? parts.tm_zone : "UTC");
}

Descriptors descriptors() {
    Descriptors out;
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) out.limit = static_cast<std::size_t>(limit.rlim_cur);
    out.open = count_open_files();
    return out;
}

}  // namespace gatehouse::api
