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

std::optional<OutboxKind> to_outbox_kind(std::string_view text) {
    for (const OutboxKind kind : {OutboxKind::ask, OutboxKind::mail, OutboxKind::event}) {
        if (to_string(kind) == text) {
            return kind;
        }
    }
    return std::nullopt;
}

}  // namespace signet
