#pragma once

#include "http/message.hpp"
#include "routes/handlers.hpp"

#include <cstddef>
#include <string>

// The remote schema: the routes of clients as root fields of GraphQL, called by Hasura.
namespace signet::routes {

// graphql::kQueryBytesMax with every character escaped, and as much for the variables.
inline constexpr std::size_t kGraphqlBodyBytesMax = std::size_t{64} * 1024;

// With `operationName`, `variables` and further members.
inline constexpr std::array kGraphqlRequest{
    Member{.name = "query",
           .required = true,
           .bytes_max = kGraphqlBodyBytesMax,
           .meaning = &means::kQuery},
};
// With `errors` where there are any.
inline constexpr std::array kGraphqlAnswer{
    Member{.name = "data",
           .type = JsonType::object,
           .required = true,
           .nullable = true,
           .meaning = &means::kData},
};

// An http::ProblemForm: the error of a request that is not executed,
// {"errors":[{message, extensions: {code, …}}],"data":null}.
http::Response to_graphql_error(const http::Response& problem);

// Returns what name_at_login() does for the first login of a document.
std::string name_at_graphql_login(const http::Request& request, const Contexts& contexts);

// Answers with 200 whatever became of a well-formed request, as GraphQL over HTTP says of
// application/json. What a root field answers is what the route of that name does, and so are its
// limits, its lines in the log and its cookies. Introspection needs no database.
http::Response post_graphql(const http::Request& request, const Contexts& contexts,
                            CryptoWorker& worker);

}  // namespace signet::routes
