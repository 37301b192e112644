#pragma once

#include "store/claims.hpp"
#include "support/fake_store.hpp"

#include <memory>
#include <utility>

namespace signet::test {

// Keeps sessions in memory, in the tables of FakeStore. test/contract runs on this and on
// PostgreSQL.
class FakeSessions final : public SessionStore, public SessionMaintenance {
public:
    explicit FakeSessions(std::shared_ptr<FakeTables> tables) : tables_(std::move(tables)) {}

    Result<std::unique_ptr<AccountTransaction>> begin(const Origin& origin) override;
    Result<std::optional<StoredSession>> find(const SessionId& id) override;
    Result<std::optional<StoredSession>> find_for_refresh(const SessionId& id) override {
        auto found = find(id);
        if (found && *found) {
            const std::scoped_lock lock(tables_->mutex);
            (*found)->account.claims = store::read_custom_claims(tables_->claims);
        }
        return found;
    }
    Result<std::optional<Account>> find_caller(const UserId& user,
                                               const std::optional<SessionId>& id) override;
    Result<std::optional<Account>> rotate(const SessionId& id, std::uint32_t presented,
                                          const SessionPolicy& policy) override;
    Result<std::vector<SessionInfo>> list(const UserId& user) override;
    Result<bool> end(const UserId& user, const SessionId& id, const AuditNote& note) override;
    Result<std::size_t> end_all(const UserId& user, const std::optional<SessionId>& kept,
                                const AuditNote& note) override;

    Result<SweepResult> sweep(std::size_t limit) override;
    Result<void> note_rewrap() override;
    Result<std::vector<SealedSession>> list_sealed(const std::optional<SessionId>& after,
                                                   std::size_t limit) override;
    Result<bool> reseal(const SealedSession& was, const Text& sealed_key) override;

private:
    // Runs `work` on the tables under their lock, unless there is an outage.
    template <class F>
    auto locked(F&& work) -> decltype(work(std::declval<FakeTables&>()));

    std::shared_ptr<FakeTables> tables_;
};

}  // namespace signet::test
