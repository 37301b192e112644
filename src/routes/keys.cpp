#include "base/json.hpp"
#include "routes/handlers.hpp"
#include "routes/jwks_page.hpp"
#include "routes/reply.hpp"

#include <string>
#include <vector>

namespace signet::routes {

http::Response get_jwks(const http::Request& request, const Edge& edge) {
    http::Response response;
    response.cached = edge.jwks.get();
    return response.cached ? response : refuse(Errc::no_signing_key, request, edge);
}

// The members of OpenID Connect Discovery 1.0 section 3 that are true of this service.
http::Response get_discovery(const http::Request& request, const Edge& edge) {
    const std::vector<std::string> algs = edge.jwks.keys().algs();
    if (algs.empty()) {
        return refuse(Errc::no_signing_key, request, edge);
    }
    const std::string& issuer = edge.policy.tokens.issuer;
    std::string base = issuer;
    while (base.ends_with('/')) {
        base.pop_back();
    }
    JsonWriter json;
    json.begin_object();
    json.member("issuer", issuer);
    json.member("jwks_uri", base + "/.well-known/jwks.json");
    json.member("id_token_signing_alg_values_supported", algs);
    json.member("subject_types_supported", std::vector<std::string>{"public"});
    http::Response response = json_reply(json.end_object().take());
    response.headers.push_back({"Cache-Control", "public, max-age=300"});
    return response;
}

}  // namespace signet::routes
