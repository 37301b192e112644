#pragma once

#include "http/message.hpp"
#include "routes/account_json.hpp"
#include "routes/context.hpp"

#include <signet/domain/session.hpp>
#include <signet/service/sign_in.hpp>

#include <string_view>

namespace signet::routes {

// Where a session is opened from.
SessionClient client_of(const http::Request& request);

struct Occasion {
    std::string_view event;  // for the log
    RefreshTokenIn where = RefreshTokenIn::body;
};

// The answer with the tokens of a signup, login or refresh, with its line in the log: the id, never
// the typed name, because people type passwords into name fields. Where cookies are on the tokens
// are in cookies too.
http::Response welcome(const SignedIn& signed_in, const Occasion& occasion,
                       const http::Request& request, const Edge& edge);

}  // namespace signet::routes
