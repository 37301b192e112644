#include "base/ascii.hpp"
#include "base/secret.hpp"
#include "base/url.hpp"

#include <signet/service/delivery.hpp>

#include <algorithm>
#include <utility>

namespace signet {
namespace {

constexpr std::int64_t kMsPerS = 1000;
constexpr std::size_t kErrorBytesMax = 500;

// What an operator reads of a failed attempt, cut at a character.
Text error_text(std::string_view reason) {
    std::string text(reason.substr(0, kErrorBytesMax));
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    while (!Text::from(text) && !text.empty()) {
        text.pop_back();
    }
    return Text::from(text).value();
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (is_alphanumeric(c) || std::string_view("-._~").find(c) != std::string_view::npos) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += kHex[byte >> 4U];
            out += kHex[byte & 0x0FU];
        }
    }
    return out;
}

std::string value_of(const MessageValues& values, const std::string& name) {
    const auto found = values.find(name);
    return found == values.end() ? std::string() : found->second;
}

// The address that a mail leads to. What it leads to in the end is checked again when it is
// followed.
std::string link_of(const MessageValues& values, const MailPolicy& policy) {
    const std::string ticket = value_of(values, "ticket");
    if (ticket.empty()) {
        return policy.ends_here ? std::string() : policy.redirects.client_url;
    }
    const std::string redirect_to = value_of(values, "redirectTo");
    return url_below(policy.issuer, "/verify?ticket=") + ticket +
           (redirect_to.empty() ? "" : "&redirectTo=" + percent_encoded(redirect_to));
}

// A server may repeat in its refusal what the mail said, folded and encoded as in the message. Of
// such words nothing is kept but the beginning, which has the reply code.
std::string without_secrets(std::string reason, const MessageValues& values) {
    constexpr std::size_t kPieceBytes = 6;  // of a secret; a code has no more
    constexpr std::size_t kKeptBytes = 40;
    std::string plain = reason;
    const auto is_folding = [](char c) { return c == '=' || c == ' ' || c == '\r' || c == '\n'; };
    std::erase_if(plain, is_folding);
    for (const char* const name : {"ticket", "code"}) {
        const std::string secret = value_of(values, name);
        for (std::size_t at = 0; at + kPieceBytes <= secret.size(); ++at) {
            const auto piece = std::string_view(secret).substr(at, kPieceBytes);
            if (plain.find(piece) == std::string::npos) {
                continue;
            }
            std::string kept = reason.substr(0, std::min(kKeptBytes, reason.find(piece.front())));
            return kept + "… (the server repeated the mail, of which nothing is kept)";
        }
    }
    return reason;
}

Delivery send_mail(const OutboxRow& row, const MessageValues& values, const DeliveryPorts& ports,
                   const MailPolicy& policy) {
    MailValues shown{
        {"address", value_of(values, "address")},       {"username", value_of(values, "username")},
        {"newAddress", value_of(values, "newAddress")}, {"code", value_of(values, "code")},
        {"holds", value_of(values, "seconds")},         {"link", link_of(values, policy)}};
    const std::string language = ports.templates->choose_language(value_of(values, "language"));
    auto text = ports.templates->render(row.name, language, shown);
    if (!text) {
        return {.outcome = DeliveryOutcome::refused, .reason = text.error().log_detail};
    }
    Delivery delivery =
        ports.mails->send({row.id.str(), value_of(values, "address"), std::move(text->subject),
                           std::move(text->text), std::move(text->html)});
    delivery.reason = without_secrets(std::move(delivery.reason), values);
    return delivery;
}

// What the log calls it.
struct EventNames {
    std::string_view done;
    std::string_view delayed;
    std::string_view given_up;
};

EventNames names_of(OutboxKind kind) {
    switch (kind) {
        case OutboxKind::ask:
            return {"ask-decided", "ask-delayed", "ask-given-up"};
        case OutboxKind::mail:
            return {"mail-sent", "mail-delayed", "mail-given-up"};
        case OutboxKind::event:
            return {"event-posted", "event-delayed", "event-given-up"};
    }
    return {};
}

// Removes what was delivered, now or by the next call.
Result<void> remove(Unsettled sent, const DeliveryPorts& ports) {
    auto removed = ports.outbox.settle(sent.row.id);
    if (removed) {
        ports.report({names_of(sent.row.kind).done, sent.row, sent.reason});
    } else if (ports.unsettled != nullptr) {
        *ports.unsettled = std::move(sent);
    }
    return removed;
}

// Notes that an attempt has failed.
Result<void> note(const OutboxRow& row, const Delivery& delivery, std::int64_t given_up_after_s,
                  const DeliveryPorts& ports) {
    const EventNames names = names_of(row.kind);
    const auto pause = delivery.outcome == DeliveryOutcome::refused
                           ? std::nullopt
                           : pause_after(row.attempts, row.age_s, given_up_after_s);
    const Text error = error_text(delivery.reason);
    auto noted =
        pause ? ports.outbox.postpone(row.id, *pause, error) : ports.outbox.give_up(row.id, error);
    ports.report({pause ? names.delayed : names.given_up, row, delivery.reason, true,
                  delivery.misconfigured, delivery.down});
    return noted;
}

Result<void> note(const OutboxRow& row, const Error& error, const DeliveryPorts& ports) {
    const bool unopened = error.errc == Errc::session_key_unavailable;
    return note(
        row,
        {.outcome = DeliveryOutcome::later, .reason = error.log_detail, .misconfigured = unopened},
        unopened ? kUnopenedGivenUpAfterS : kGivenUpAfterS, ports);
}

// Delivers a mail or an event.
Result<void> deliver(OutboxRow row, const DeliveryPorts& ports, const MailPolicy& policy) {
    auto values = ports.sealer.open_message(row.body, row.id);
    if (!values) {
        return note(row, values.error(), ports);
    }
    Delivery delivery = row.kind == OutboxKind::event
                            ? ports.events->post(row.id, row.name, row.created_at_s, *values)
                            : send_mail(row, *values, ports, policy);
    for (auto& [name, value] : *values) {
        wipe(value);
    }
    return delivery.outcome == DeliveryOutcome::delivered
               ? remove({std::move(row), std::move(delivery.reason)}, ports)
               : note(row, delivery, kGivenUpAfterS, ports);
}

Result<void> decide(const OutboxRow& row, const DeliveryPorts& ports, const SignInPolicy& sign_in,
                    const MailPolicy& policy) {
    const auto decided =
        decide_ask(row, {ports.sessions, ports.sealer, ports.random}, sign_in, policy);
    return decided ? decided : note(row, decided.error(), ports);
}

}  // namespace

std::optional<std::int64_t> pause_after(std::int64_t attempts, std::int64_t age_s,
                                        std::int64_t given_up_after_s) {
    constexpr std::int64_t kDoublingsMax = 20;
    const std::int64_t doublings = std::clamp<std::int64_t>(attempts - 1, 0, kDoublingsMax);
    const std::int64_t pause_ms = std::min(kFirstPauseMs << doublings, kLongestPauseMs);
    const bool over = age_s + pause_ms / kMsPerS >= given_up_after_s;
    return over ? std::nullopt : std::optional(pause_ms);
}

Result<bool> deliver_next(const DeliveryPorts& ports, const SignInPolicy& sign_in,
                          const MailPolicy& policy) {
    const auto told = [](const Result<void>& done) {
        return done ? Result<bool>(true) : done.error();
    };
    if (ports.unsettled != nullptr && *ports.unsettled) {
        Unsettled sent = std::move(**ports.unsettled);
        ports.unsettled->reset();
        return told(remove(std::move(sent), ports));
    }
    auto row = ports.outbox.lease(kLeaseS, {.asks = ports.mails != nullptr,
                                            .mails = ports.mails != nullptr && !ports.mails_wait,
                                            .events = ports.events != nullptr});
    if (!row || !*row) {
        return row ? Result<bool>(false) : row.error();
    }
    return told((*row)->kind == OutboxKind::ask ? decide(**row, ports, sign_in, policy)
                                                : deliver(std::move(**row), ports, policy));
}

}  // namespace signet
