#pragma once

#include "http/cached_response.hpp"

#include <signet/ports/tokens.hpp>

#include <cstdint>
#include <memory>
#include <mutex>

namespace signet::routes {

// The answer of /jwks, put together once for each set of keys. Thread-safe.
class JwksPage {
public:
    // `max_age_s` is what Hasura refreshes by; without it Hasura never looks again.
    JwksPage(const KeyPublisher& keys, std::int64_t max_age_s);

    // Null while no key is known.
    std::shared_ptr<const http::CachedResponse> get() const;

    const KeyPublisher& keys() const { return keys_; }

private:
    const KeyPublisher& keys_;
    std::int64_t max_age_s_;
    mutable std::mutex mutex_;
    mutable std::uint64_t epoch_ = 0;
    mutable std::shared_ptr<const http::CachedResponse> page_;
};

}  // namespace signet::routes
