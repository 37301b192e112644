#pragma once

#include "http/message.hpp"
#include "routes/context.hpp"

#include <signet/domain/error.hpp>

#include <string>

namespace signet::routes {

// 200 with a JSON body.
http::Response json_reply(std::string body);

// The same for an answer that holds a token, or depends on one: Cache-Control: no-store (RFC 6749
// section 5.1).
http::Response private_json_reply(std::string body);

// 204, not to be stored.
http::Response empty_reply();

// The problem details of `error` (RFC 9457), and its line in the log. A 401 carries
// WWW-Authenticate (RFC 6750 section 3).
http::Response refuse(const Error& error, const http::Request& request, const Edge& edge);

}  // namespace signet::routes
