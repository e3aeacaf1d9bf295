// Exit codes of gatehoused.
#pragma once

namespace gatehouse::app {

inline constexpr int kExitGood = 0;
inline constexpr int kExitTrouble = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitConfig = 78;  // EX_CONFIG of sysexits.h; the unit does not restart on it

}  // namespace gatehouse::app
