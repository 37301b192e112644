#pragma once

#include "http/response.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace signet::routes {

// What the page /try says of this service, beside what it asks the routes.
struct TrySettings {
    bool cookies = false;                  // whether browsers may hold their tokens in cookies
    std::string jwt_secret = {};           // that a Hasura has which verifies tokens by itself
    std::string auth_hook = {};            // the URL of the webhook
    std::string_view anonymous_role = {};  // of who has no token; empty: refused
};

// Makes the page, which runs a script of its own and calls this service only.
std::shared_ptr<const http::CachedResponse> make_try_page(const TrySettings& settings);

}  // namespace signet::routes
