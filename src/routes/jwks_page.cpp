#include "routes/jwks_page.hpp"

#include "routes/reply.hpp"

#include <string>
#include <utility>

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
        // One header, one comma, one space, lower case: Hasura's parser loses anything else (K16).
        response.headers.push_back(
            {"Cache-Control", "public, max-age=" + std::to_string(max_age_s_)});
        page_ = http::CachedResponse::make(response);
        epoch_ = epoch;
    }
    return page_;
}

}  // namespace signet::routes
