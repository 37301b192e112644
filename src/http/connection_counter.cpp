#include "http/connection_counter.hpp"

namespace signet::http {

std::optional<ConnectionPermit> ConnectionCounter::admit(const IpAddress& client) {
    const IpNetwork network(client, kClientBits);
    {
        const std::lock_guard lock(mutex_);
        std::size_t& open = by_client_[network];
        if (open >= per_client_max_) {
            return std::nullopt;
        }
        ++open;
    }
    ++count_;
    return ConnectionPermit(*this, network);
}

ConnectionPermit ConnectionCounter::admit_proxy() {
    ++count_;
    return {*this, std::nullopt};
}

void ConnectionCounter::end(const std::optional<IpNetwork>& client) noexcept {
    if (client) {
        const std::lock_guard lock(mutex_);
        const auto found = by_client_.find(*client);
        if (--found->second == 0) {
            by_client_.erase(found);
        }
    }
    --count_;
}

}  // namespace signet::http
