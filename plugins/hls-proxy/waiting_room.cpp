#include "waiting_room.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace gatehouse::hls {
namespace {

template <class Leaves>
void move_out(std::vector<WaitingViewer>& from, std::vector<WaitingViewer>& to, Leaves leaves) {
    const auto stays =
        std::stable_partition(from.begin(), from.end(), [&](const auto& viewer) { return !leaves(viewer); });
    std::move(stays, from.end(), std::back_inserter(to));
    from.erase(stays, from.end());
}

}  // namespace

bool WaitingRoom::enter(const std::string& camera_uuid, WaitingViewer& viewer) {
    std::lock_guard lock(mutex_);
    if (count_ >= kMost) return false;
    by_camera_[camera_uuid].push_back(std::move(viewer));
    ++count_;
    return true;
}

std::vector<WaitingViewer> WaitingRoom::take(const std::string& camera_uuid,
                                             const std::function<bool(const WaitingViewer&)>& leaves) {
    std::vector<WaitingViewer> out;
    if (empty()) return out;
    std::lock_guard lock(mutex_);
    const auto it = by_camera_.find(camera_uuid);
    if (it == by_camera_.end()) return out;
    move_out(it->second, out, leaves);
    if (it->second.empty()) by_camera_.erase(it);
    count_ -= out.size();
    return out;
}

std::vector<WaitingViewer> WaitingRoom::take_all(
    const std::function<bool(const std::string&, const WaitingViewer&)>& leaves) {
    std::vector<WaitingViewer> out;
    if (empty()) return out;
    std::lock_guard lock(mutex_);
    for (auto it = by_camera_.begin(); it != by_camera_.end();) {
        move_out(it->second, out, [&](const WaitingViewer& viewer) { return leaves(it->first, viewer); });
        it = it->second.empty() ? by_camera_.erase(it) : std::next(it);
    }
    count_ -= out.size();
    return out;
}

}  // namespace gatehouse::hls
