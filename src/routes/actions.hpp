#pragma once

#include "http/message.hpp"

#include <cstddef>

namespace signet::routes {

struct SignInContext;

// Beside the input, Hasura sends the whole query of its client, and where that client is anonymous,
// each of its headers x-hasura-….
inline constexpr std::size_t kActionBodyBytesMax = std::size_t{256} * 1024;

// An http::ProblemForm: the error of a Hasura Action, {message, extensions: {code, instance,
// errors?, retryAfter?}}, of which Hasura passes on nothing else. A 5xx becomes 400, because of
// that Hasura's client would only be told "internal error".
http::Response to_action_error(const http::Response& problem);

http::Response refuse_unknown_action(const http::Request& request, const SignInContext& context);

}  // namespace signet::routes
