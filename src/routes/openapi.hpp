#pragma once

#include "routes/meanings.hpp"
#include "routes/table.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// What the route table says of the service, for programs (OpenAPI) and for people (a page).
namespace signet::routes {

// Of what service it is told. By itself: of one with all routes, at no address.
struct ApiScope {
    std::string_view version = {};
    std::string_view issuer = {};  // the address of the service; empty: not known
    std::size_t password_length_min = means::kPasswordLengthMin;
    bool mail = true;           // whether the routes are there that send mails
    bool action_secret = true;  // whether those are there that ask for it
    bool metrics = true;        // whether there is /metrics
    bool cookies = true;        // whether browsers may hold their tokens in cookies
    bool try_page = true;       // whether the page is there on which people try it
};

// Whether the service has the route.
bool is_there(const Row& row, const ApiScope& scope);

// Returns the name of the setting without which the route is not there, or nothing.
std::string_view setting_of(const Row& row);

std::string_view title_of(Topic topic);

// Whether a client has to send the member.
bool is_required(const Member& member, const ApiScope& scope);

// How many characters a text that a client sends may have. `most` is 0 where nothing is said.
struct Lengths {
    std::size_t least = 0;
    std::size_t most = 0;
};
Lengths lengths_of(const Member& member, const ApiScope& scope);

// A code that an answer to a request may have.
struct Refused {
    int status = 0;
    std::string_view code;
    std::string_view title;
    std::string_view detail;
    bool retry = false;  // says in Retry-After when to come back

    bool operator==(const Refused&) const = default;
};

// Returns what a route may refuse, by status and code, each once. What the HTTP server refuses of
// any request, such as a malformed header, is left out.
std::vector<Refused> refusals_of(const Row& row, const ApiScope& scope);

// Returns what else stands as the code of a refusal with status 400, or in its `errors`: what may
// be wrong with the members of the request. Each once.
std::vector<std::string_view> faults_of(const Row& row);

// Returns the example of a body as JSON text.
std::string example_of(const Schema& schema, const ApiScope& scope);

// Returns the OpenAPI 3.1 document, one JSON text.
std::string openapi_json(const ApiScope& scope);

// Makes the page: HTML without a script, which loads nothing.
std::shared_ptr<const http::CachedResponse> make_reference_page(const ApiScope& scope);

// Makes the answers of both routes, once.
ApiContext describe_api(const ApiScope& scope);

}  // namespace signet::routes
