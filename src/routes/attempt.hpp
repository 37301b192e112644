#pragma once

#include "http/message.hpp"
#include "routes/context.hpp"

#include <functional>
#include <variant>

namespace signet::routes {

// What is left of a request for a thread of the data lane. It carries what was found out already.
using DataWork = std::function<http::Response(const http::Request&, const Edge&, DataWorker&)>;

// How far a request got on the I/O thread: to its answer, or to work for the data lane.
using Attempt = std::variant<http::Response, DataWork>;

}  // namespace signet::routes
