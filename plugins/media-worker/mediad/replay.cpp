#include "replay.h"

namespace gatehouse::mediad {

void Replay::begin(const Records& records) {
    waiting_.clear();
    for (const auto& [id, record] : records) waiting_.insert(id);
}

void Replay::go_on(const Records& records, const std::function<bool()>& has_room, const StreamRecord::Emit& emit) {
    while (!waiting_.empty() && has_room()) {
        const auto found = records.find(*waiting_.begin());
        waiting_.erase(waiting_.begin());
        if (found != records.end()) found->second.replay(emit);
    }
}

}  // namespace gatehouse::mediad
