#pragma once

#include "http/io_thread.hpp"
#include "http/message.hpp"
#include "http/session.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace signet::http {

// Carries the one answer of a lane to the session's thread. Gone without an answer, it says so.
// Thread-safe.
class ReplySlot {
public:
    ReplySlot(std::shared_ptr<Postbox> postbox, std::weak_ptr<Session> session,
              std::uint64_t ticket)
        : postbox_(std::move(postbox)), session_(std::move(session)), ticket_(ticket) {}

    ~ReplySlot() {
        try {
            send(std::nullopt);
        } catch (...) {  // NOLINT(bugprone-empty-catch): the session's deadline answers instead
        }
    }

    ReplySlot(const ReplySlot&) = delete;
    ReplySlot& operator=(const ReplySlot&) = delete;

    // The first call counts.
    void send(std::optional<Response> response) {
        if (sent_.exchange(true)) {
            return;
        }
        postbox_->post([weak = session_, ticket = ticket_, answer = std::move(response)]() mutable {
            if (const std::shared_ptr<Session> session = weak.lock()) {
                session->deliver(ticket, std::move(answer));
            }
        });
    }

private:
    std::shared_ptr<Postbox> postbox_;
    std::weak_ptr<Session> session_;
    std::uint64_t ticket_;
    std::atomic<bool> sent_{false};
};

}  // namespace signet::http
