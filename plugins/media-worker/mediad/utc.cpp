#include "utc.h"

#include <chrono>

namespace gatehouse::mediad {

std::int64_t utc_now_us() {
    using namespace std::chrono;
    return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace gatehouse::mediad
