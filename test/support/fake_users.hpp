#pragma once

#include "store/claims.hpp"
#include "support/fake_store.hpp"

#include <signet/ports/tokens.hpp>
#include <signet/ports/users.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace signet::test {

// Returns the facts of tokens that another verifier accepts, and caches nothing.
class TokensOf final : public TokenMemory {
public:
    explicit TokensOf(const TokenVerifier& verifier) : verifier_(verifier) {}
    Result<TokenFacts> check(std::string_view token, std::int64_t now_s) override {
        const Result<AccessClaims> claims = verifier_.verify(token, now_s);
        if (!claims) {
            return claims.error();
        }
        const auto user = Uuid::parse(claims->subject);
        const auto session = Uuid::parse(claims->session_id);
        if (!user || !session) {
            return Errc::invalid_token;
        }
        return TokenFacts{*user, *session, claims->expires_at_s};
    }

private:
    const TokenVerifier& verifier_;
};

// Reads the tables of a fake store, or the sessions and claims that a test sets. Counts its reads.
class FakeUserReader final : public UserReader {
public:
    explicit FakeUserReader(std::shared_ptr<FakeTables> tables) : tables_(std::move(tables)) {}
    Result<UserReading> read(const UserId& id) override {
        ++readings;
        if (failure) {
            return *failure;
        }
        auto account = FakeStore(tables_).find(id);
        if (!account) {
            return account.error();
        }
        UserReading reading;
        reading.account = *std::move(account);
        if (reading.account) {
            reading.account->claims = store::read_custom_claims(claims);
        }
        reading.sessions = sessions ? *sessions : sessions_of(id);
        return reading;
    }

    std::optional<std::vector<LiveSession>> sessions;  // if empty, those of the tables
    std::optional<std::string> claims = "{}";
    std::optional<Error> failure;
    int readings = 0;

private:
    // The sessions last for ever, because the clock of a test is not that of the tables.
    std::vector<LiveSession> sessions_of(const UserId& id) const {
        const std::scoped_lock lock(tables_->mutex);
        std::vector<LiveSession> out;
        for (const auto& row : tables_->sessions) {
            if (row.user == id) {
                out.push_back({row.id, std::numeric_limits<std::int64_t>::max()});
            }
        }
        return out;
    }

    std::shared_ptr<FakeTables> tables_;
};

}  // namespace signet::test
