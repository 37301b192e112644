#pragma once

namespace signet {

// The exit codes of every command.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitWrongUsage = 2;
inline constexpr int kExitUnusableConfig = 78;  // EX_CONFIG of sysexits(3)

}  // namespace signet
