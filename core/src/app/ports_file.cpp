#include "app/ports_file.h"

#include <unistd.h>

#include "base/file.h"

namespace gatehouse::app {

namespace {

std::string doors_json(const std::vector<http::BoundAddress>& bound) {
    std::string json = "[";
    for (const auto& door : bound)
        json += (&door == &bound.front() ? "" : ",") + std::string("{\"address\":\"") + door.address +
                "\",\"port\":" + std::to_string(door.port) + '}';
    return json + ']';
}

}  // namespace

std::string ports_json(const std::vector<http::BoundAddress>& http, const std::vector<http::BoundAddress>& https) {
    return "{\"http\":" + doors_json(http) + ",\"https\":" + doors_json(https) + "}\n";
}

PortsFile::PortsFile(std::string path, const std::vector<http::BoundAddress>& http,
                     const std::vector<http::BoundAddress>& https)
    : path_(std::move(path)) {
    replace_file(path_, ports_json(http, https), 0644);
}

PortsFile::~PortsFile() { ::unlink(path_.c_str()); }

}  // namespace gatehouse::app
