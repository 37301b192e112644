#include "cli/hasura.hpp"

#include "cli/output.hpp"
#include "config/load.hpp"
#include "config/value.hpp"
#include "tokens/claims_json.hpp"

#include <ostream>
#include <string_view>

namespace signet::cli {
namespace {

bool is_http_url(std::string_view text) {
    return (text.starts_with("http://") || text.starts_with("https://")) &&
           config::is_string_or_uri(text);
}

std::string default_jwk_url(const config::Config& config) {
    std::string base = config.tokens.issuer;
    if (!is_http_url(base)) {
        base = config::default_issuer(config.server.host, config.server.port);
    }
    while (base.ends_with('/')) {
        base.pop_back();
    }
    return base + "/jwks";
}

// Addresses that mean another machine, or none, to a Hasura in a container.
bool is_local_address(std::string_view url) {
    for (const std::string_view host :
         {"//127.", "//localhost:", "//localhost/", "//[::1]", "//0.0.0.0", "//[::]"}) {
        if (url.find(host) != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

}  // namespace

int hasura_secret(const config::Config& config, const std::optional<std::string>& jwk_url,
                  const CommandIo& io) {
    if (jwk_url && !is_http_url(*jwk_url)) {
        io.err << "signet: --jwk-url: expected an http or https URL\n";
        return kExitWrongUsage;
    }
    const std::string url = jwk_url.value_or(default_jwk_url(config));
    const config::TokenConfig& tokens = config.tokens;
    std::string secret = "{\"jwk_url\":" + json_text(url);
    secret += ",\"issuer\":" + json_text(tokens.issuer);
    if (tokens.audience) {
        secret += ",\"audience\":" + json_text(*tokens.audience);
    }
    if (tokens.claims_namespace != tokens::kClaimsNamespace) {
        secret += ",\"claims_namespace\":" + json_text(tokens.claims_namespace);
    }
    io.out << secret << "}\n";
    if (is_local_address(url)) {
        io.err << "signet: a Hasura in a container or on another machine does not reach " << url
               << "; give it --jwk-url\n";
    }
    return kExitOk;
}

}  // namespace signet::cli
