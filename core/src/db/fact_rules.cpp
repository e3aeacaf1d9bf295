#include "db/fact_rules.h"

#include <gatehouse/error.h>

#include <algorithm>

namespace gatehouse::db {

void check_fact(const Fact& fact) {
    constexpr std::size_t kLongestType = 64;
    constexpr std::size_t kLongestSubject = 200;
    constexpr std::size_t kLongestPayload = 16u << 10;
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    };
    const bool good_type = !fact.type.empty() && fact.type.size() <= kLongestType &&
                           std::all_of(fact.type.begin(), fact.type.end(), allowed);
    if (!good_type) throw Error(ErrorCode::kInvalidArgument, "a fact's type must be 1 to 64 of a-z, 0-9, _ and .");
    if (fact.subject.size() > kLongestSubject)
        throw Error(ErrorCode::kInvalidArgument, "fact " + fact.type + ": the subject is longer than 200 bytes");
    if (fact.payload.size() > kLongestPayload)
        throw Error(ErrorCode::kInvalidArgument, "fact " + fact.type + ": the payload is longer than 16 KiB");
}

}  // namespace gatehouse::db
