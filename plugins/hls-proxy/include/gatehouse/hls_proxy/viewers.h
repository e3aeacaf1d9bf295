// Who is watching at this moment, for other plugins (statistics, dashboards).
#pragma once

#include <gatehouse/service.h>

#include <cstddef>
#include <cstdint>

namespace gatehouse::hls_proxy {

// One viewer is one client address with one kind of player at one camera, seen within the last 15 s. Thread-safe,
// non-blocking; up to a second old.
class Viewers : public Service {
public:
    static constexpr const char* kServiceName = "hls_viewers/1";

    virtual std::size_t active() const = 0;
    virtual std::size_t active(std::int64_t camera_id) const = 0;
};

}  // namespace gatehouse::hls_proxy
