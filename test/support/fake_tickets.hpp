#pragma once

#include "support/fake_store.hpp"

#include <signet/ports/outbox.hpp>
#include <signet/ports/tickets.hpp>

#include <memory>
#include <utility>

namespace signet::test {

// Tickets and rows of the outbox in the tables of FakeStore, within a transaction that holds their
// lock.
class FakeTickets final : public TicketStore, public OutboxWriter {
public:
    explicit FakeTickets(FakeTables& tables) : tables_(tables) {}

    Result<std::optional<MailRecipient>> lock_recipient(const LoginName& name) override;
    Result<std::optional<MailRecipient>> lock_recipient(const UserId& id) override;
    Result<std::int64_t> count_mails(const Text& address, const std::optional<UserId>& user,
                                     std::int64_t seconds) override;
    Result<void> note_mail(const Text& address, const std::optional<UserId>& user) override;
    Result<void> put(const NewTicket& ticket) override;
    Result<std::optional<Ticket>> lock(const Text& hash) override;
    Result<std::optional<Ticket>> find(const Text& hash) override { return lock(hash); }
    Result<void> spend(const UserId& user, TicketPurpose purpose) override;
    Result<void> spend_all(const UserId& user) override;
    Result<void> prove(const UserId& user, const Text& address) override;
    Result<void> contest(const UserId& user) override;
    Result<void> set_email(const UserId& user, const Text& address) override;
    Result<void> set_username(const UserId& user, const Text& username) override;
    Result<void> set_password(const UserId& user, const std::optional<Text>& hash) override;
    Result<bool> note_sign_in(const UserId& user) override;
    Result<void> end_sessions(const UserId& user) override;

    Result<void> put(const NewOutboxRow& row) override;
    Result<void> remove(const Uuid& id) override;

private:
    bool is_proven(const FakeTables::UserRow& user) const;
    bool is_contested(const FakeTables::UserRow& user) const;

    FakeTables& tables_;
};

// The outbox and codes in memory. test/contract runs on this and on PostgreSQL.
class FakeOutbox final : public Outbox, public CodeStore {
public:
    explicit FakeOutbox(std::shared_ptr<FakeTables> tables) : tables_(std::move(tables)) {}

    Result<void> put(const NewOutboxRow& row) override;
    Result<std::optional<OutboxRow>> lease(std::int64_t lease_s, const OutboxLine& line) override;
    Result<void> settle(const Uuid& id) override;
    Result<void> postpone(const Uuid& id, std::int64_t pause_ms, const Text& error) override;
    Result<void> give_up(const Uuid& id, const Text& error) override;
    Result<OutboxFigures> count() override;
    Result<std::vector<OutboxEntry>> list(std::size_t limit, bool sent) override;
    Result<std::size_t> retry(const Uuid& id) override;
    Result<std::size_t> retry_failed() override;
    Result<std::size_t> retry_sent(std::int64_t since_s) override;
    Result<std::size_t> sweep(std::size_t limit) override;
    Result<std::vector<SealedRow>> list_sealed(const std::optional<Uuid>& after,
                                               std::size_t limit) override;
    Result<bool> reseal(const SealedRow& was, const Text& body) override;
    Result<void> note_rewrap() override;
    Result<std::optional<Text>> try_code(const UserId& user) override;

private:
    // Retries the rows for which `wanted` is true, and that nobody is delivering.
    template <class Wanted>
    std::size_t retry_if(Wanted wanted);

    std::shared_ptr<FakeTables> tables_;
};

}  // namespace signet::test
