#include "config/hasura_secret.hpp"

#include "base/json.hpp"
#include "config/load.hpp"
#include "config/value.hpp"
#include "tokens/claims_json.hpp"

namespace signet::config {

std::string service_url(const Config& config) {
    return is_http_url(config.tokens.issuer)
               ? config.tokens.issuer
               : default_issuer(config.server.host, config.server.port);
}

std::string hasura_secret(const Config& config, std::string_view jwk_url) {
    const TokenPolicy& tokens = config.tokens;
    JsonWriter secret;
    secret.begin_object().member("jwk_url", jwk_url).member("issuer", tokens.issuer);
    if (tokens.audience) {
        secret.member("audience", *tokens.audience);
    }
    if (config.claims_namespace != tokens::kClaimsNamespace) {
        secret.member("claims_namespace", config.claims_namespace);
    }
    return secret.end_object().take();
}

}  // namespace signet::config
