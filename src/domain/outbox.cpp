#include <signet/ports/outbox.hpp>

namespace signet {

std::string_view to_string(OutboxKind kind) {
    switch (kind) {
        case OutboxKind::ask:
            return "ask";
        case OutboxKind::mail:
            return "mail";
        case OutboxKind::event:
            return "event";
    }
    return {};
}

std::string_view to_string(OutboxState state) {
    switch (state) {
        case OutboxState::waiting:
            return "waiting";
        case OutboxState::failed:
            return "failed";
        case OutboxState::sent:
            return "sent";
    }
    return {};
}

std::optional<OutboxKind> to_outbox_kind(std::string_view text) {
    for (const OutboxKind kind : {OutboxKind::ask, OutboxKind::mail, OutboxKind::event}) {
        if (to_string(kind) == text) {
            return kind;
        }
    }
    return std::nullopt;
}

std::optional<OutboxState> to_outbox_state(std::string_view text) {
    for (const OutboxState state : {OutboxState::waiting, OutboxState::failed, OutboxState::sent}) {
        if (to_string(state) == text) {
            return state;
        }
    }
    return std::nullopt;
}

}  // namespace signet
