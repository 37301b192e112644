#include "service/current_password.hpp"

#include <optional>
#include <utility>

namespace signet {

Error wrong_current_password(std::string reason) {
    Error error{Errc::wrong_current_password, std::move(reason)};
    error.fields.push_back(
        {"/currentPassword", "wrong-current-password", "It is not the password of the account."});
    return error;
}

Result<Text> prove_password(const Caller& caller, const std::string& password,
                            const PasswordPorts& ports) {
    const Account& account = caller.account;
    const auto look = [&]() -> Result<Failures> {
        auto failures = ports.failures.read(account.id, caller.session);
        if (!failures) {
            return failures.error();
        }
        return *failures ? Result<Failures>(std::move(**failures))
                         : Error{Errc::invalid_token, "the session has just ended"};
    };
    auto attempt = ports.throttle.admit(look, ports.failures, {"password-refused", ports.origin});
    if (!attempt) {
        return attempt.error();
    }
    const Result<PasswordVerdict> verdict = ports.hasher.verify(password, account.password_hash);
    if (!verdict) {
        return attempt->undecided(verdict.error());
    }
    std::optional<Text> proven = Text::from(account.password_hash);
    if (*verdict == PasswordVerdict::wrong || !proven) {
        return attempt->wrong(wrong_current_password("typed for " + account.id.str()));
    }
    if (auto forgotten = attempt->right(); !forgotten) {
        return forgotten.error();
    }
    return std::move(*proven);
}

}  // namespace signet
