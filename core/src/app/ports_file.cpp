#include "app/ports_file.h"

#include <unistd.h>

#include "base/file.h"

namespace gatehouse::app {

std::string ports_json(const std::vector<http::BoundAddress>& bound) {
    std::string json = "{\"http\":[";
    for (const auto& door : bound)
        json += (&door == &bound.front() ? "" : ",") + std::string("{\"address\":\"") + door.address +
                "\",\"port\":" + std::to_string(door.port) + '}';
    return json + "]}\n";
}

PortsFile::PortsFile(std::string path, const std::vector<http::BoundAddress>& bound) : path_(std::move(path)) {
    replace_file(path_, ports_json(bound), 0644);
}

PortsFile::~PortsFile() { ::unlink(path_.c_str()); }

}  // namespace gatehouse::app
