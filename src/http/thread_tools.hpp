#pragma once

#include "base/log.hpp"
#include "http/body_budget.hpp"
#include "http/cors.hpp"
#include "http/http_date.hpp"
#include "http/limits.hpp"
#include "http/request_ids.hpp"
#include "http/router.hpp"

#include <signet/ports/system.hpp>

#include <memory>

namespace signet::http {

// What the conversations of one I/O thread share. The references outlive them.
struct ThreadTools {
    const Limits& limits;
    const Router& router;
    const Clock& clock;
    const Log& log;
    const Cors& cors;
    std::shared_ptr<BodyBudget> bodies;
    RequestIds ids;
    DateLine date;
};

}  // namespace signet::http
