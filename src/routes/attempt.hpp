#pragma once

#include "http/message.hpp"
#include "routes/context.hpp"

#include <signet/domain/uuid.hpp>

#include <functional>
#include <variant>

namespace signet::routes {

// What is left of a request for a thread of the data lane. It carries what was found out already.
// Work about one user is done one after the other.
struct DataWork {
    Uuid user;
    std::function<http::Response(const http::Request&, const Edge&, DataWorker&)> run;
};

// How far a request got on the I/O thread: to its answer, or to work for the data lane.
using Attempt = std::variant<http::Response, DataWork>;

}  // namespace signet::routes
