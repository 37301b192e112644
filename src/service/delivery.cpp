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

Delivery send_mail(const OutboxRow& row, const MessageValues& values, const DeliveryPorts& ports,
                   const MailPolicy& policy) {
    MailValues shown{
        {"address", value_of(values, "address")},       {"username", value_of(values, "username")},
        {"newAddress", value_of(values, "newAddress")}, {"code", value_of(values, "code")},
        {"holds", value_of(values, "seconds")},         {"link", link_of(values, policy)}};
    const std::string language = ports.templates->choose_language(value_of(values, "language"));
    auto text = ports.templates->render(row.name, language, shown);
    if (!text) {
        return {DeliveryOutcome::refused, text.error().log_detail};
    }
    return ports.mails->send({row.id.str(), value_of(values, "address"), std::move(text->subject),
                              std::move(text->text), std::move(text->html)});
}

std::string_view event_of(OutboxKind kind, bool failed, bool given_up) {
    const bool mail = kind == OutboxKind::mail;
    if (!failed) {
        return mail ? "mail-sent" : "event-posted";
    }
    if (given_up) {
        return mail ? "mail-given-up" : "event-given-up";
    }
    return mail ? "mail-delayed" : "event-delayed";
}

// Notes what became of an attempt.
Result<void> settle(const OutboxRow& row, const Delivery& delivery, const DeliveryPorts& ports) {
    if (delivery.outcome == DeliveryOutcome::delivered) {
        auto removed = ports.outbox.remove(row.id);
        if (removed) {
            ports.report({event_of(row.kind, false, false), row, delivery.reason});
        }
        return removed;
    }
    const auto pause = delivery.outcome == DeliveryOutcome::refused
                           ? std::nullopt
                           : pause_after(row.attempts, row.age_s);
    const Text error = error_text(delivery.reason);
    auto noted =
        pause ? ports.outbox.postpone(row.id, *pause, error) : ports.outbox.give_up(row.id, error);
    ports.report(
        {event_of(row.kind, true, !pause), row, delivery.reason, true, delivery.misconfigured});
    return noted;
}

}  // namespace

std::optional<std::int64_t> pause_after(std::int64_t attempts, std::int64_t age_s) {
    constexpr std::int64_t kDoublingsMax = 20;
    const std::int64_t doublings = std::clamp<std::int64_t>(attempts - 1, 0, kDoublingsMax);
    const std::int64_t pause_ms = std::min(kFirstPauseMs << doublings, kLongestPauseMs);
    const bool over = age_s + pause_ms / kMsPerS >= kGivenUpAfterS;
    return over ? std::nullopt : std::optional(pause_ms);
}

Result<bool> deliver_next(const DeliveryPorts& ports, const SignInPolicy& sign_in,
                          const MailPolicy& policy) {
    const auto row = ports.outbox.lease(
        kLeaseS, {.mails = ports.mails != nullptr, .events = ports.events != nullptr});
    if (!row || !*row) {
        return row ? Result<bool>(false) : row.error();
    }
    if ((*row)->kind == OutboxKind::ask) {
        const auto decided =
            decide_ask(**row, {ports.sessions, ports.sealer, ports.random}, sign_in, policy);
        if (decided) {
            return true;
        }
        const auto noted =
            settle(**row, {DeliveryOutcome::later, decided.error().log_detail, false}, ports);
        return noted ? Result<bool>(true) : noted.error();
    }
    auto values = ports.sealer.open_message((*row)->body, (*row)->id);
    Delivery delivery{DeliveryOutcome::later, "nothing delivers rows of this kind here", false};
    if (!values) {
        delivery.reason = values.error().log_detail;
    } else if ((*row)->kind == OutboxKind::event && ports.events != nullptr) {
        delivery = ports.events->post((*row)->id, (*row)->name, (*row)->created_at_s, *values);
    } else if ((*row)->kind == OutboxKind::mail && ports.mails != nullptr) {
        delivery = send_mail(**row, *values, ports, policy);
    }
    if (values) {
        for (auto& [name, value] : *values) {
            wipe(value);
        }
    }
    const auto settled = settle(**row, delivery, ports);
    return settled ? Result<bool>(true) : settled.error();
}

}  // namespace signet
