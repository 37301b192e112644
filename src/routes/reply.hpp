#pragma once

#include "base/json.hpp"
#include "base/log.hpp"
#include "http/message.hpp"

#include <signet/domain/audit.hpp>
#include <signet/domain/error.hpp>
#include <signet/domain/role.hpp>
#include <signet/domain/user.hpp>

#include <cstdint>
#include <string>

namespace signet::routes {

// Where the request came from.
Origin origin_of(const http::Request& request);
// Returns its Accept-Language, or nothing if that has more than 256 bytes or others than ASCII has,
// since it becomes a part of texts.
std::string language_of(const http::Request& request);

// 200 with a JSON body.
http::Response json_reply(std::string body);

// The same for an answer that holds a token, or depends on one: Cache-Control: no-store (RFC 6749
// section 5.1).
http::Response private_json_reply(std::string body);

// 204, not to be stored.
http::Response empty_reply();

// The line of a refusal in the log.
void log_refusal(const Error& error, const http::Request& request, const Log& log);
// Says when to come back, if the error does.
void add_retry_after(const Error& error, http::Response& response);

// The problem details of `error` (RFC 9457), and its line in the log. A 401 for want of a good
// access token carries WWW-Authenticate (RFC 6750 section 3).
http::Response refuse(const Error& error, const http::Request& request, const Log& log);

// Writes the members that say who somebody is: id, username, email, roles, defaultRole. `email` is
// null or left out if there is none.
enum class NoEmail : std::uint8_t { null, left_out };
void write_identity(JsonWriter& json, const Account& account, const RoleSet& roles,
                    NoEmail no_email);

}  // namespace signet::routes
