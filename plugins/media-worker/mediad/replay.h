#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "stream_record.h"

namespace gatehouse::mediad {

/// Tells a gateway that has just come of one stream after the other, as its queue has room: neither the number of
/// streams nor what a camera sends can overflow it. What happens to a stream before its turn is not told but is part of
/// its replay. Not thread-safe.
class Replay {
public:
    using Records = std::map<std::string, StreamRecord>;

    /// A gateway is there that knows nothing.
    void begin(const Records& records);

    /// The stream's turn has not come yet.
    bool awaits(const std::string& stream_id) const { return waiting_.contains(stream_id); }
    void forget(const std::string& stream_id) { waiting_.erase(stream_id); }

    /// Tells of streams while `has_room` says yes. Each takes a few MiB at most; see StreamRecord.
    void go_on(const Records& records, const std::function<bool()>& has_room, const StreamRecord::Emit& emit);

private:
    std::set<std::string> waiting_;
};

}  // namespace gatehouse::mediad
