#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "camera.hpp"
#include "fault_proxy.hpp"

namespace gatehouse::simcam {

// Carries out the text commands of the control port (README.md, "Commands"). Thread-safe.
class Commands {
public:
    Commands(std::vector<Camera*> cameras, FaultProxy& proxy, std::function<void()> quit);

    // One line in, without its line end; one line out, without one: "ok", "ok <json>" or "error: <sentence>".
    std::string execute(const std::string& line);

private:
    std::vector<std::size_t> selected(const std::string& which) const;
    void apply(std::size_t camera, const std::string& name, const std::string& argument);
    std::string stats_json(std::size_t camera);

    std::vector<Camera*> cameras_;
    FaultProxy& proxy_;
    std::function<void()> quit_;
};

}  // namespace gatehouse::simcam
