#include "service/grant.hpp"
#include "service/new_account.hpp"

#include <signet/service/account.hpp>

#include <optional>
#include <string>
#include <utility>

namespace signet {
namespace {

Error wrong_current_password(std::string reason) {
    Error error{Errc::wrong_current_password, std::move(reason)};
    error.fields.push_back(
        {"/currentPassword", "wrong-current-password", "It is not the password of the account."});
    return error;
}

Error changed_meanwhile(const Account& account) {
    return wrong_current_password("the account changed meanwhile: " + account.id.str());
}

Error session_ended(const Caller& caller) {
    return {Errc::invalid_token, "the session ended meanwhile: " + caller.session.str()};
}

// Returns the hash that the password was verified against.
Result<Text> prove(const Caller& caller, const std::string& password, const PasswordPorts& ports) {
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

// Returns why an account was not deleted by the session of the caller.
Error explain_kept(const Caller& caller, const Text& proven, SessionStore& sessions) {
    const auto now = sessions.find_caller(caller.account.id, caller.session);
    if (!now) {
        return now.error();
    }
    if (!*now || !(*now)->active) {
        return session_ended(caller);
    }
    if ((*now)->password_hash != proven.str()) {
        return changed_meanwhile(caller.account);
    }
    return {Errc::account_in_use,
            "the row of user " + caller.account.id.str() + " stays: a trigger or a rule keeps it"};
}

// Makes one change in a transaction of its own and commits if the change says that it was made.
template <class Change>
Result<bool> commit_change(SessionStore& sessions, const Origin& origin, const Change& change) {
    const auto transaction = sessions.begin(origin);
    if (!transaction) {
        return transaction.error();
    }
    Result<bool> made = change(**transaction);
    if (!made || !*made) {
        return made;
    }
    const Result<void> done = (*transaction)->commit();
    return done ? Result<bool>(true) : Result<bool>(done.error());
}

// Replaces the password and ends all other sessions. Returns false if the account has changed
// meanwhile.
Result<bool> replace_password(const UserId& user, const PasswordChange& change,
                              const SessionId& kept, const PasswordPorts& ports) {
    return commit_change(
        ports.sessions, ports.origin, [&](AccountTransaction& transaction) -> Result<bool> {
            Result<bool> replaced = transaction.replace_password(user, change, kept);
            if (!replaced || !*replaced) {
                return replaced;
            }
            const Result<void> ended = transaction.end_other_sessions(user, kept);
            return ended ? Result<bool>(true) : Result<bool>(ended.error());
        });
}

}  // namespace

Result<void> change_password(const Caller& caller, const PasswordInput& input,
                             const PasswordPorts& ports) {
    const Account& account = caller.account;
    Result<Text> proven = prove(caller, input.current_password, ports);
    if (!proven) {
        return proven.error();
    }
    // The judge may ask another server, so nobody gets there with a stolen token alone.
    if (auto good = check_password(ports.judge, "/newPassword", input.new_password,
                                   own_words(account.username, account.email));
        !good) {
        return good;
    }
    Result<Text> hash = ports.hasher.hash(input.new_password);
    if (!hash) {
        return hash.error();
    }
    const PasswordChange change{std::move(*proven), std::move(*hash)};
    const Result<bool> changed =
        try_twice([&] { return replace_password(account.id, change, caller.session, ports); });
    if (!changed) {
        return changed.error();
    }
    return *changed ? Result<void>() : changed_meanwhile(account);
}

Result<void> change_account(const Caller& caller, const AccountInput& input, SessionStore& sessions,
                            const Origin& origin) {
    AccountChange change{std::nullopt, input.metadata};
    if (!input.username && !input.metadata) {
        return Error::field("", "required", "Send a new username, or new metadata.");
    }
    if (input.username) {
        Result<Text> name = new_username(*input.username);
        if (!name) {
            return name.error();
        }
        change.username = std::move(*name);
    }
    const Result<bool> changed = try_twice([&] {
        return commit_change(sessions, origin, [&](AccountTransaction& transaction) {
            return transaction.change_account(caller.account.id, change, caller.session);
        });
    });
    if (!changed) {
        return changed.error();
    }
    return *changed ? Result<void>() : session_ended(caller);
}

Result<void> delete_account(const Caller& caller, const std::string& current_password,
                            const PasswordPorts& ports) {
    const Account& account = caller.account;
    const Result<Text> proven = prove(caller, current_password, ports);
    if (!proven) {
        return proven.error();
    }
    const Result<bool> deleted = try_twice([&] {
        return commit_change(ports.sessions, ports.origin, [&](AccountTransaction& transaction) {
            return transaction.delete_account(account.id, *proven, caller.session);
        });
    });
    if (!deleted) {
        return deleted.error();
    }
    return *deleted ? Result<void>() : explain_kept(caller, *proven, ports.sessions);
}

}  // namespace signet
