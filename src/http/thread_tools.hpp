#pragma once

#include "base/log.hpp"
#include "http/http_date.hpp"
#include "http/limits.hpp"
#include "http/request_ids.hpp"
#include "http/router.hpp"

#include <signet/ports/clock.hpp>

namespace signet::http {

// What the conversations of one I/O thread share. The references outlive them.
struct ThreadTools {
    const Limits& limits;
    const Router& router;
    const Clock& clock;
    const Log& log;
    RequestIds ids;
    DateLine date;
};

}  // namespace signet::http
