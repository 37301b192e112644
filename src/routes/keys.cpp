#include "routes/keys.hpp"

#include "base/json.hpp"
#include "base/url.hpp"
#include "routes/handlers.hpp"
#include "routes/reply.hpp"

#include <string>
#include <utility>
#include <vector>

namespace signet::routes {

JwksPage::JwksPage(const KeyPublisher& keys, std::int64_t max_age_s)
    : keys_(keys), max_age_s_(max_age_s) {}

std::shared_ptr<const http::CachedResponse> JwksPage::get() const {
    const std::uint64_t epoch = keys_.epoch();
    const std::lock_guard lock(mutex_);
    if (page_ == nullptr || epoch_ != epoch) {
        std::string set = keys_.jwks();
        if (set.empty()) {
            return nullptr;
        }
        http::Response response = json_reply(std::move(set));
        // Hasura's parser loses max-age unless the header is spelt like this
        // (docs/reference/hasura.md).
        response.headers.push_back(
            {"Cache-Control", "public, max-age=" + std::to_string(max_age_s_)});
        page_ = http::CachedResponse::make(response);
        epoch_ = epoch;
    }
    return page_;
}

http::Response get_jwks(const http::Request& request, const KeysContext& context) {
    http::Response response;
    response.cached = context.page.get();
    return response.cached ? response : refuse(Errc::no_signing_key, request, context.log);
}

// The members of OpenID Connect Discovery 1.0 section 3 that are true of this service.
http::Response get_discovery(const http::Request& request, const KeysContext& context) {
    const std::vector<std::string> algs = context.keys.algs();
    if (algs.empty()) {
        return refuse(Errc::no_signing_key, request, context.log);
    }
    const std::string& issuer = context.issuer;
    JsonWriter json;
    json.begin_object();
    json.member("issuer", issuer);
    json.member("jwks_uri", url_below(issuer, "/.well-known/jwks.json"));
    json.member("id_token_signing_alg_values_supported", algs);
    json.member("subject_types_supported", std::vector<std::string>{"public"});
    http::Response response = json_reply(json.end_object().take());
    response.headers.push_back({"Cache-Control", "public, max-age=300"});
    return response;
}

}  // namespace signet::routes
