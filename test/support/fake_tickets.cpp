#include "support/fake_tickets.hpp"

#include "base/ascii.hpp"

#include <signet/domain/mail_policy.hpp>

#include <algorithm>

namespace signet::test {
namespace {

constexpr std::int64_t kMsPerS = 1000;

FakeTables::OutboxRowState* row_of(FakeTables& tables, const Uuid& id) {
    const auto found =
        std::ranges::find(tables.outbox, id, [](const auto& row) { return row.row.id; });
    return found == tables.outbox.end() ? nullptr : &*found;
}

void put_row(FakeTables& tables, const NewOutboxRow& row) {
    tables.outbox.push_back(
        {.row = row, .created_at_ms = tables.now_ms(), .due_at_ms = tables.now_ms()});
}

bool same_address(const std::optional<std::string>& one, std::string_view other) {
    return one && equal_ignoring_case(*one, other);
}

}  // namespace

bool FakeTickets::is_proven(const FakeTables::UserRow& user) const {
    const auto proven = tables_.proven.find(user.id);
    return proven != tables_.proven.end() && same_address(user.email, proven->second);
}

bool FakeTickets::is_contested(const FakeTables::UserRow& user) const {
    const auto proven = tables_.proven.find(user.id);
    return proven != tables_.proven.end() && proven->second.empty();
}

Result<std::optional<MailRecipient>> FakeTickets::lock_recipient(const LoginName& name) {
    const std::optional<std::string> id = tables_.find_name(name);
    return id ? lock_recipient(*UserId::parse(*id)) : std::optional<MailRecipient>();
}

Result<std::optional<MailRecipient>> FakeTickets::lock_recipient(const UserId& id) {
    const auto* const row = tables_.row_of(id);
    return row == nullptr ? std::optional<MailRecipient>()
                          : std::optional(MailRecipient{tables_.account_of(*row), is_proven(*row)});
}

Result<std::int64_t> FakeTickets::count_mails(const Text& address,
                                              const std::optional<UserId>& user,
                                              std::int64_t seconds) {
    std::int64_t to_address = 0;
    std::int64_t to_user = 0;
    for (const auto& mail : tables_.mails_sent) {
        if (mail.at_ms <= tables_.now_ms() - seconds * kMsPerS) {
            continue;
        }
        to_address += equal_ignoring_case(mail.address, address.view()) ? 1 : 0;
        to_user += user && mail.user == user ? 1 : 0;
    }
    return std::max(to_address, to_user);
}

Result<void> FakeTickets::note_mail(const Text& address, const std::optional<UserId>& user) {
    tables_.mails_sent.push_back({address.str(), user, tables_.now_ms()});
    return {};
}

Result<void> FakeTickets::put(const NewTicket& ticket) {
    if (ticket.purpose == TicketPurpose::sign_in_code) {
        static_cast<void>(spend(ticket.user, ticket.purpose));
    }
    tables_.tickets.push_back({ticket, 0, tables_.now_ms() + ticket.lifetime_s * kMsPerS});
    return {};
}

Result<std::optional<Ticket>> FakeTickets::lock(const Text& hash) {
    const auto text = [](const std::optional<Text>& from) {
        return from ? std::optional(from->str()) : std::nullopt;
    };
    for (const auto& [stored, tries, expires_at_ms] : tables_.tickets) {
        const auto* const user = tables_.row_of(stored.user);
        if (stored.hash != hash || expires_at_ms <= tables_.now_ms() || user == nullptr ||
            !same_address(user->email.value_or(""), stored.address.view())) {
            continue;
        }
        return std::optional(Ticket{
            stored.user, stored.purpose, stored.address.str(), text(stored.new_address),
            text(stored.redirect_to), text(stored.username), text(stored.password_hash),
            stored.session, user->active.value_or(false), is_proven(*user), is_contested(*user)});
    }
    return std::optional<Ticket>();
}

Result<void> FakeTickets::spend(const UserId& user, TicketPurpose purpose) {
    std::erase_if(tables_.tickets, [&](const auto& row) {
        return row.ticket.user == user && row.ticket.purpose == purpose;
    });
    return {};
}

Result<void> FakeTickets::spend_all(const UserId& user) {
    tables_.spend_tickets_of(user);
    return {};
}

Result<void> FakeTickets::prove(const UserId& user, const Text& address) {
    std::string& proven = tables_.proven[user.str()];
    if (proven != address.str()) {
        tables_.note(user, {"email-verified"}, "");
    }
    proven = address.str();
    return {};
}

Result<void> FakeTickets::contest(const UserId& user) {
    tables_.proven[user.str()].clear();
    return {};
}

Result<void> FakeTickets::set_email(const UserId& user, const Text& address) {
    if (auto free = tables_.require_free(user, std::nullopt, address); !free) {
        return free;
    }
    tables_.row_of(user)->email = address.str();
    tables_.note(user, {"account-changed"}, "email");
    return {};
}

Result<void> FakeTickets::set_username(const UserId& user, const Text& username) {
    if (auto free = tables_.require_free(user, username, std::nullopt); !free) {
        return free;
    }
    tables_.row_of(user)->username = username.str();
    tables_.note(user, {"account-changed"}, "username");
    return {};
}

Result<void> FakeTickets::set_password(const UserId& user, const std::optional<Text>& hash) {
    tables_.note(user, {"password-changed"},
                 hash ? "by a mail" : "taken away, since nobody had proven the address");
    tables_.row_of(user)->password = hash ? std::optional(hash->str()) : std::nullopt;
    tables_.forget_failures_of(user);
    return {};
}

Result<bool> FakeTickets::note_sign_in(const UserId& user) {
    auto* const row = tables_.row_of(user);
    if (row == nullptr || row->active != true) {
        return false;
    }
    row->last_login_at_s = tables_.now_ms() / kMsPerS;
    return true;
}

Result<void> FakeTickets::end_sessions(const UserId& user) {
    tables_.end_sessions_of(user);
    return {};
}

Result<void> FakeTickets::put(const NewOutboxRow& row) {
    put_row(tables_, row);
    return {};
}

Result<void> FakeTickets::remove(const Uuid& id) {
    std::erase_if(tables_.outbox, [&](const auto& row) { return row.row.id == id; });
    return {};
}

Result<void> FakeOutbox::put(const NewOutboxRow& row) {
    const std::scoped_lock lock(tables_->mutex);
    if (tables_->outage) {
        return *tables_->outage;
    }
    const auto asks = std::ranges::count_if(tables_->outbox, [](const auto& state) {
        return state.row.kind == OutboxKind::ask && !state.failed_at_ms;
    });
    if (row.kind == OutboxKind::ask && std::cmp_greater_equal(asks, kAsksWaitingMax)) {
        return asks_full();
    }
    put_row(*tables_, row);
    return {};
}

Result<std::optional<OutboxRow>> FakeOutbox::lease(std::int64_t lease_s, const OutboxLine& line) {
    const std::scoped_lock lock(tables_->mutex);
    if (tables_->outage) {
        return *tables_->outage;
    }
    const std::int64_t now_ms = tables_->now_ms();
    FakeTables::OutboxRowState* next = nullptr;
    for (auto& state : tables_->outbox) {
        const bool behind = state.row.kind == OutboxKind::event &&
                            std::ranges::any_of(tables_->outbox, [&](const auto& earlier) {
                                return &earlier < &state && earlier.row.kind == OutboxKind::event &&
                                       earlier.row.user == state.row.user &&
                                       !earlier.failed_at_ms && !earlier.sent_at_ms;
                            });
        const bool ours = state.row.kind == OutboxKind::event  ? line.events
                          : state.row.kind == OutboxKind::mail ? line.mails
                                                               : line.asks;
        const bool due = ours && !state.failed_at_ms && !state.sent_at_ms &&
                         state.due_at_ms <= now_ms && !behind;
        if (due && (next == nullptr || state.due_at_ms < next->due_at_ms)) {
            next = &state;
        }
    }
    if (next == nullptr) {
        return std::optional<OutboxRow>();
    }
    next->due_at_ms = now_ms + lease_s * kMsPerS;
    next->leased = true;
    ++next->attempts;
    const NewOutboxRow& row = next->row;
    return std::optional(OutboxRow{
        row.id, row.kind, row.name.str(), row.user,
        row.recipient ? std::optional(row.recipient->str()) : std::nullopt, row.body.str(),
        next->attempts, (now_ms - next->tried_since_ms) / kMsPerS, next->created_at_ms / kMsPerS});
}

Result<void> FakeOutbox::settle(const Uuid& id) {
    const std::scoped_lock lock(tables_->mutex);
    if (tables_->outage) {
        return *tables_->outage;
    }
    auto* const sent = row_of(*tables_, id);
    if (sent != nullptr && sent->row.kind == OutboxKind::event) {
        sent->sent_at_ms = tables_->now_ms();
        sent->leased = false;
        sent->error.clear();
        return {};
    }
    std::erase_if(tables_->outbox, [&](const auto& row) { return row.row.id == id; });
    return {};
}

Result<void> FakeOutbox::postpone(const Uuid& id, std::int64_t pause_ms, const Text& error) {
    const std::scoped_lock lock(tables_->mutex);
    if (auto* const row = row_of(*tables_, id)) {
        row->due_at_ms = tables_->now_ms() + pause_ms;
        row->leased = false;
        row->error = error.str();
    }
    return {};
}

Result<void> FakeOutbox::give_up(const Uuid& id, const Text& error) {
    const std::scoped_lock lock(tables_->mutex);
    if (auto* const row = row_of(*tables_, id)) {
        row->failed_at_ms = tables_->now_ms();
        row->leased = false;
        row->error = error.str();
    }
    return {};
}

Result<std::vector<OutboxEntry>> FakeOutbox::list(std::size_t limit, bool sent) {
    const std::scoped_lock lock(tables_->mutex);
    std::vector<OutboxEntry> entries;
    for (const auto& state : tables_->outbox) {
        if (entries.size() == limit) {
            break;
        }
        if (state.sent_at_ms && !sent) {
            continue;
        }
        const NewOutboxRow& row = state.row;
        entries.push_back({row.id, row.kind, row.name.str(),
                           row.recipient ? std::optional(row.recipient->str()) : std::nullopt,
                           state.failed_at_ms ? OutboxState::failed
                           : state.sent_at_ms ? OutboxState::sent
                                              : OutboxState::waiting,
                           state.attempts, state.created_at_ms / kMsPerS, state.due_at_ms / kMsPerS,
                           state.error});
    }
    return entries;
}

template <class Wanted>
std::size_t FakeOutbox::retry_if(Wanted wanted) {
    const std::scoped_lock lock(tables_->mutex);
    const std::int64_t now_ms = tables_->now_ms();
    std::size_t count = 0;
    for (auto& row : tables_->outbox) {
        if (wanted(row) && !(row.leased && row.due_at_ms > now_ms)) {
            row = {row.row, row.created_at_ms, now_ms, 0, std::nullopt, row.error, now_ms,
                   false,   std::nullopt};
            ++count;
        }
    }
    return count;
}

Result<std::size_t> FakeOutbox::retry(const Uuid& id) {
    const std::size_t count = retry_if([&id](const auto& row) { return row.row.id == id; });
    const std::scoped_lock lock(tables_->mutex);
    if (count > 0) {
        tables_->note("outbox-retried", id.str());
    }
    return count;
}

Result<std::size_t> FakeOutbox::retry_failed() {
    const std::size_t count =
        retry_if([](const auto& row) { return row.failed_at_ms.has_value(); });
    const std::scoped_lock lock(tables_->mutex);
    if (count > 0) {
        tables_->note("outbox-retried", "outbox");
    }
    return count;
}

Result<std::size_t> FakeOutbox::retry_sent(std::int64_t since_s) {
    const std::size_t count = retry_if([since_s](const auto& row) {
        return row.sent_at_ms && *row.sent_at_ms >= since_s * kMsPerS;
    });
    const std::scoped_lock lock(tables_->mutex);
    if (count > 0) {
        tables_->note("outbox-retried", "outbox");
    }
    return count;
}

Result<OutboxFigures> FakeOutbox::count() {
    const std::scoped_lock lock(tables_->mutex);
    if (tables_->outage) {
        return *tables_->outage;
    }
    OutboxFigures figures;
    for (const auto& row : tables_->outbox) {
        if (row.failed_at_ms) {
            ++figures.failed;
        } else if (!row.sent_at_ms) {
            ++(row.row.kind == OutboxKind::event ? figures.events : figures.mails);
            figures.oldest_s =
                std::max(figures.oldest_s, (tables_->now_ms() - row.created_at_ms) / kMsPerS);
        }
    }
    return figures;
}

Result<std::size_t> FakeOutbox::sweep(std::size_t limit) {
    const std::scoped_lock lock(tables_->mutex);
    if (tables_->outage) {
        return *tables_->outage;
    }
    const std::int64_t now_ms = tables_->now_ms();
    std::size_t removed = 0;
    const auto sweep_some = [&](auto& rows, const auto& is_over) {
        std::size_t left = limit;
        removed += std::erase_if(rows, [&](const auto& row) {
            const bool over = left > 0 && is_over(row);
            left -= over ? 1 : 0;
            return over;
        });
    };
    sweep_some(tables_->outbox, [&](const auto& row) {
        return row.failed_at_ms && *row.failed_at_ms < now_ms - kFailedKeptS * kMsPerS;
    });
    sweep_some(tables_->outbox, [&](const auto& row) {
        return row.sent_at_ms && *row.sent_at_ms < now_ms - kSentKeptS * kMsPerS;
    });
    sweep_some(tables_->tickets, [&](const auto& row) { return row.expires_at_ms < now_ms; });
    sweep_some(tables_->mails_sent,
               [&](const auto& row) { return row.at_ms < now_ms - kMailLimitMaxS * kMsPerS; });
    return removed;
}

Result<std::vector<SealedRow>> FakeOutbox::list_sealed(const std::optional<Uuid>& after,
                                                       std::size_t limit) {
    const std::scoped_lock lock(tables_->mutex);
    std::vector<SealedRow> out;
    for (const auto& state : tables_->outbox) {
        if (!after || state.row.id.str() > after->str()) {
            out.push_back({state.row.id, state.row.body.str(), state.failed_at_ms.has_value()});
        }
    }
    std::ranges::sort(out, {}, [](const SealedRow& row) { return row.id.str(); });
    out.resize(std::min(out.size(), limit));
    return out;
}

Result<bool> FakeOutbox::reseal(const SealedRow& was, const Text& body) {
    const std::scoped_lock lock(tables_->mutex);
    auto* const row = row_of(*tables_, was.id);
    if (row == nullptr || row->row.body.str() != was.body) {
        return false;
    }
    row->row.body = body;
    return true;
}

Result<void> FakeOutbox::note_rewrap() {
    const std::scoped_lock lock(tables_->mutex);
    tables_->note("outbox-rewrapped", "outbox");
    return {};
}

Result<std::optional<Text>> FakeOutbox::try_code(const UserId& user) {
    const std::scoped_lock lock(tables_->mutex);
    for (auto& row : tables_->tickets) {
        if (row.ticket.user == user && row.ticket.purpose == TicketPurpose::sign_in_code &&
            row.tries < kCodeTriesMax && row.expires_at_ms > tables_->now_ms()) {
            ++row.tries;
            return row.ticket.hash;
        }
    }
    return std::optional<Text>();
}

}  // namespace signet::test
