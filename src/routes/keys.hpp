#pragma once

#include "http/response.hpp"

#include <signet/ports/tokens.hpp>

#include <cstdint>
#include <memory>
#include <mutex>

namespace signet::routes {

// The answer of /jwks, which is built once for each set of keys. Thread-safe.
class JwksPage {
public:
    // Hasura fetches the keys again after `max_age_s`; without it Hasura never would.
    JwksPage(const KeyPublisher& keys, std::int64_t max_age_s);

    // Returns null while no key is known.
    std::shared_ptr<const http::CachedResponse> get() const;

private:
    const KeyPublisher& keys_;
    std::int64_t max_age_s_;
    mutable std::mutex mutex_;
    mutable std::uint64_t epoch_ = 0;
    mutable std::shared_ptr<const http::CachedResponse> page_;
};

}  // namespace signet::routes
