#include "service/issue.hpp"

#include <signet/service/sign_in.hpp>

#include <optional>
#include <utility>

namespace signet {
namespace {

// The account if name and password are right and it is active. Exactly one password hash is spent
// whatever the outcome, so that neither bytes nor time tell an unknown name from a wrong password.
struct Proof {
    Account account;
    bool outdated = false;
};

Result<Proof> prove(const LoginInput& input, const SignInPorts& ports) {
    std::optional<Account> account;
    if (const std::optional<Text> name = Text::from(input.name)) {
        Result<std::optional<Account>> found = ports.accounts.find(LoginName{input.kind, *name});
        if (!found) {
            return found.error();
        }
        account = std::move(*found);
    }
    if (!account) {
        const Result<void> spent = ports.hasher.verify_nobody(input.password);
        return spent ? Error{Errc::invalid_credentials, "unknown name"} : spent.error();
    }
    const Result<PasswordVerdict> verdict =
        ports.hasher.verify(input.password, account->password_hash);
    if (!verdict) {
        return verdict.error();
    }
    if (*verdict == PasswordVerdict::wrong) {
        return Error{Errc::invalid_credentials, "wrong password for " + account->id.str()};
    }
    if (!account->active) {
        return Error{Errc::invalid_credentials, "inactive account " + account->id.str()};
    }
    return Proof{std::move(*account), *verdict == PasswordVerdict::matches_outdated};
}

// The change from a hash of old parameters to one of today's. A hash that cannot be made now is
// made at a later login: the password was right.
std::optional<PasswordChange> renew(const Account& account, const std::string& password,
                                    PasswordHasher& hasher) {
    std::optional<Text> stored = Text::from(account.password_hash);
    Result<Text> hash = hasher.hash(password);
    if (!stored || !hash) {
        return std::nullopt;
    }
    return PasswordChange{std::move(*stored), std::move(*hash)};
}

}  // namespace

Result<SignedIn> login(const LoginInput& input, const SignInPorts& ports,
                       const SignInPolicy& policy, std::int64_t now_s) {
    Result<Proof> proof = prove(input, ports);
    if (!proof) {
        return proof.error();
    }
    std::optional<PasswordChange> rehash;
    if (proof->outdated) {
        rehash = renew(proof->account, input.password, ports.hasher);
    }
    const UserId id = proof->account.id;
    Result<SignedIn> signed_in = sign_in(std::move(proof->account), ports, policy, now_s);
    if (!signed_in) {
        return signed_in;
    }
    if (const Result<void> noted = ports.accounts.record_login(id, rehash); !noted) {
        return noted.error();
    }
    return signed_in;
}

}  // namespace signet
