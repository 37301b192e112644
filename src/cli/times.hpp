#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace signet::cli {

// Times as operators write them: a duration, or a date with or without a time of day, in UTC
// (2026-12-31, 2026-12-31T18:00:00Z). Both return Unix seconds.

// Reads a time in the future. Returns nothing if the text is neither, or the time has passed.
std::optional<std::int64_t> read_until(std::string_view text, std::int64_t now_s);
// Reads a time as data of others have it: a date with a time of day, with or without a fraction and
// an offset from UTC (2026-12-31T18:00:00Z, 2026-12-31 18:00:00.123+01), or Unix time in seconds,
// or in milliseconds where that would be beyond the year 5000. Returns Unix seconds, or nothing.
std::optional<std::int64_t> read_timestamp(std::string_view text);
// Reads a time in the past. Returns nothing if the text is neither, or the time is still to come.
std::optional<std::int64_t> read_since(std::string_view text, std::int64_t now_s);

}  // namespace signet::cli
