#include "http/conversation.hpp"

#include <algorithm>

namespace signet::http {

Conversation::Phase Conversation::phase() const {
    switch (state_) {
        case State::head:
            return buffer_.empty() ? Phase::idle : Phase::head;
        case State::body:
            return Phase::body;
        case State::reply:
            return Phase::reply;
        case State::ended:
            break;
    }
    return Phase::ended;
}

Conversation::Time Conversation::deadline() const {
    const Limits& limits = tools_.limits;
    switch (phase()) {
        case Phase::idle:
            return idle_since_ + limits.idle_deadline;
        case Phase::head:
            return exchange_.started + std::min(limits.head_deadline, limits.request_deadline);
        case Phase::body:
        case Phase::reply:
            return exchange_.started + limits.request_deadline;
        case Phase::ended:
            break;
    }
    return Time::max();
}

}  // namespace signet::http
