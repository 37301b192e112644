#pragma once

#include "http/message.hpp"
#include "routes/attempt.hpp"
#include "routes/context.hpp"

// The handlers of the route table: each turns a request into the input of a use case, and its
// outcome into JSON. Values in, values out.
namespace signet::routes {

// auth.cpp
http::Response post_signup(const http::Request& request, const Edge& edge, CryptoWorker& worker);
http::Response post_login(const http::Request& request, const Edge& edge, CryptoWorker& worker);

// sessions.cpp
http::Response post_refresh(const http::Request& request, const Edge& edge, DataWorker& worker);
http::Response post_logout(const http::Request& request, const Edge& edge, DataWorker& worker);
http::Response get_sessions(const http::Request& request, const Edge& edge, DataWorker& worker);
http::Response delete_session(const http::Request& request, const Edge& edge, DataWorker& worker);

// account.cpp
http::Response get_me(const http::Request& request, const Edge& edge, DataWorker& worker);
http::Response post_password(const http::Request& request, const Edge& edge, CryptoWorker& worker);

// keys.cpp
http::Response get_jwks(const http::Request& request, const Edge& edge);
http::Response get_discovery(const http::Request& request, const Edge& edge);

// webhook.cpp
Attempt get_webhook(const http::Request& request, const Edge& edge);
Attempt post_webhook(const http::Request& request, const Edge& edge);

// health.cpp
http::Response get_livez(const http::Request& request, const Edge& edge);
http::Response get_readyz(const http::Request& request, const Edge& edge);

}  // namespace signet::routes
