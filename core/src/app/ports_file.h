// runtime_dir/ports.json: where the doors are, for whoever started us with port 0.
#pragma once

#include <string>
#include <vector>

#include "http/front.h"

namespace gatehouse::app {

// {"http":[{"address":"127.0.0.1","port":12345}],"https":[]}
std::string ports_json(const std::vector<http::BoundAddress>& http, const std::vector<http::BoundAddress>& https);

// Exists as long as the object: written whole by the constructor, removed by the destructor.
class PortsFile {
public:
    PortsFile(std::string path, const std::vector<http::BoundAddress>& http,
              const std::vector<http::BoundAddress>& https);
    ~PortsFile();
    PortsFile(const PortsFile&) = delete;
    PortsFile& operator=(const PortsFile&) = delete;

private:
    std::string path_;
};

}  // namespace gatehouse::app
