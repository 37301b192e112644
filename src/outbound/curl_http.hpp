#pragma once

#include <signet/ports/outbound.hpp>

#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace signet::outbound {

// Asks over libcurl. Keeps connections and what was read of the system's certificates for the next
// requests: as many as there were requests at a time.
class CurlHttp final : public OutboundHttp {
public:
    // Throws std::runtime_error if this libcurl lacks something that requests rely on.
    CurlHttp();

    OutboundReply get(const OutboundRequest& request) override;
    OutboundReply post(const OutboundRequest& request, std::string_view body) override;

private:
    struct Close {
        void operator()(void* easy) const;
    };
    using Handle = std::unique_ptr<void, Close>;

    // `body` is that of a POST, or null for a GET.
    OutboundReply ask(const OutboundRequest& request, const std::string_view* body);
    Handle take();
    void give_back(Handle easy);

    std::mutex mutex_;
    std::vector<Handle> idle_;
};

}  // namespace signet::outbound
