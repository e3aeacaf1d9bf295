#include "isolation.h"

namespace gatehouse::mediad {

Isolation::Verdict Isolation::judge(const std::set<std::string>& streams, const std::set<std::string>& suspects,
                                    unsigned unexplained) {
    Verdict verdict;
    if (streams.size() < 2) return verdict;
    if (suspects.size() == 1) {
        const std::string& suspect = *suspects.begin();
        if (++strikes_[suspect] >= kStrikes) verdict.own_shard.insert(suspect);
        return verdict;
    }
    if (unexplained < kUnexplained) return verdict;
    auto id = streams.begin();
    for (std::size_t half = streams.size() / 2; half > 0; --half) verdict.move_out.insert(*id++);
    return verdict;
}

}  // namespace gatehouse::mediad
