#pragma once

#include "base/log.hpp"

#include <signet/domain/error.hpp>

#include <span>
#include <string_view>

namespace signet::routes {

// What a client is told about an Errc, besides its name, and how loudly the log tells it.
struct ErrorRow {
    Errc errc;
    int status;               // HTTP status
    std::string_view title;   // short, the same for every occurrence
    std::string_view detail;  // what to do about it; may be shown to anybody
    LogLevel level;
    int retry_after_s = 0;  // 0: no Retry-After header
};

// The table, one row an Errc, in the order of the enumeration.
std::span<const ErrorRow> error_table();
const ErrorRow& describe(Errc errc);

}  // namespace signet::routes
