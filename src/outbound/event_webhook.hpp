#pragma once

#include <signet/ports/events.hpp>
#include <signet/ports/outbound.hpp>
#include <signet/ports/system.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace signet::outbound {

struct EventReceiver {
    std::string url;
    // The keys of AUTH_EVENTS_SECRET, as bytes. Each makes a signature, so that a receiver may know
    // the old one or the new one while the secret is changed.
    std::vector<std::string> keys;
};

// Posts events as https://www.standardwebhooks.com says: the headers webhook-id, webhook-timestamp
// (of the attempt) and webhook-signature, which is `v1,` and the base64 of HMAC-SHA-256 over
// `id.timestamp.body`.
class EventWebhook final : public EventTransport {
public:
    EventWebhook(EventReceiver receiver, std::unique_ptr<OutboundHttp> http, const Clock& clock);
    ~EventWebhook() override;
    EventWebhook(const EventWebhook&) = delete;
    EventWebhook& operator=(const EventWebhook&) = delete;

    Delivery post(const Uuid& id, std::string_view name, std::int64_t at_s,
                  const MessageValues& data) override;

private:
    EventReceiver receiver_;
    std::unique_ptr<OutboundHttp> http_;
    const Clock& clock_;
};

}  // namespace signet::outbound
