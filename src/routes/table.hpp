#pragma once

#include "http/message.hpp"
#include "routes/attempt.hpp"
#include "routes/context.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <variant>

namespace signet::routes {

using EdgeHandler = http::Response (*)(const http::Request&, const Edge&);
using DataHandler = http::Response (*)(const http::Request&, const Edge&, DataWorker&);
using CryptoHandler = http::Response (*)(const http::Request&, const Edge&, CryptoWorker&);
using TryHandler = Attempt (*)(const http::Request&, const Edge&);

// One row a method and path. The type of the handler says on which thread it runs: inline on the
// I/O thread, on the lane whose worker it takes, or inline first and on the data lane for the rest.
struct Row {
    http::Method method;
    std::string_view path;
    std::string_view operation_id;
    std::size_t body_bytes_max;  // 0: no body; otherwise a JSON body
    std::variant<EdgeHandler, DataHandler, CryptoHandler, TryHandler> handler;
    bool by_hasura = false;  // called by Hasura for a client, so no page's origin comes along

    // Whether a web page of another origin must not call it.
    constexpr bool guarded() const { return method != http::Method::get && !by_hasura; }
};

inline constexpr std::size_t kJsonBodyBytesMax = 16 * 1024;
// Hasura's webhook call carries the whole GraphQL request.
inline constexpr std::size_t kWebhookBodyBytesMax = 1024 * 1024;

std::span<const Row> table();

}  // namespace signet::routes
