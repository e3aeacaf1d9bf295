#pragma once

#include <map>
#include <set>
#include <string>

namespace gatehouse::mediad {

/// Decides, after a crash of a shard, which of its streams must move out, so that one bad camera interrupts few others.
/// Pure bookkeeping, not thread-safe.
class Isolation {
public:
    static constexpr unsigned kStrikes = 2;
    static constexpr unsigned kUnexplained = 2;

    struct Verdict {
        std::set<std::string> own_shard;  ///< each of these gets a shard of its own
        std::set<std::string> move_out;   ///< these go together into another shard, to find the guilty half
    };

    /// `suspects`: the streams that were being worked on; one alone is a strike against it. `unexplained`: how many
    /// crashes in a row, this one included, left no single suspect.
    Verdict judge(const std::set<std::string>& streams, const std::set<std::string>& suspects, unsigned unexplained);

    void forget(const std::string& stream_id) { strikes_.erase(stream_id); }

private:
    std::map<std::string, unsigned> strikes_;
};

}  // namespace gatehouse::mediad
