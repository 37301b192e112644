#include "service/current_password.hpp"
#include "service/grant.hpp"
#include "service/new_account.hpp"
#include "service/outgoing.hpp"

#include <signet/service/account.hpp>

#include <optional>
#include <string>
#include <utility>

namespace signet {
namespace {

Error changed_meanwhile(const Account& account) {
    return wrong_current_password("the account changed meanwhile: " + account.id.str());
}

Error session_ended(const Caller& caller) {
    return {Errc::invalid_token, "the session ended meanwhile: " + caller.session.str()};
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
Result<bool> replace_password(const Account& account, const PasswordChange& change,
                              const SessionId& kept, const PasswordPorts& ports) {
    const Sender sender{ports.sealer, ports.random, ports.mail};
    return commit_change(
        ports.sessions, ports.origin, [&](AccountTransaction& transaction) -> Result<bool> {
            Result<bool> replaced = transaction.replace_password(account.id, change, kept);
            if (!replaced || !*replaced) {
                return replaced;
            }
            OutboxWriter& outbox = transaction.outbox();
            auto done = transaction.end_other_sessions(account.id, kept);
            done = done ? put_notice(outbox, sender, "password-changed", account,
                                     ports.origin.language)
                        : done;
            done = done ? put_event(outbox, sender, "password.changed", account.id) : done;
            return done ? Result<bool>(true) : Result<bool>(done.error());
        });
}

}  // namespace

Result<void> change_password(const Caller& caller, const PasswordInput& input,
                             const PasswordPorts& ports) {
    const Account& account = caller.account;
    Result<Text> proven = prove_password(caller, input.current_password, ports);
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
        try_twice([&] { return replace_password(account, change, caller.session, ports); });
    if (!changed) {
        return changed.error();
    }
    return *changed ? Result<void>() : changed_meanwhile(account);
}

Result<void> change_account(const Caller& caller, const AccountInput& input,
                            const AccountPorts& ports) {
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
        return commit_change(ports.sessions, ports.origin, [&](AccountTransaction& transaction) {
            const UserId& id = caller.account.id;
            Result<bool> made = transaction.change_account(id, change, caller.session);
            if (!made || !*made || !change.username) {
                return made;
            }
            const auto told =
                put_event(transaction.outbox(), {ports.sealer, ports.random, ports.mail},
                          "user.renamed", id, {{"username", change.username->str()}});
            return told ? made : Result<bool>(told.error());
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
    const Result<Text> proven = prove_password(caller, current_password, ports);
    if (!proven) {
        return proven.error();
    }
    const Result<bool> deleted = try_twice([&] {
        return commit_change(ports.sessions, ports.origin, [&](AccountTransaction& transaction) {
            Result<bool> gone = transaction.delete_account(account.id, *proven, caller.session);
            if (!gone || !*gone) {
                return gone;
            }
            const auto told =
                put_event(transaction.outbox(), {ports.sealer, ports.random, ports.mail},
                          "user.deleted", account.id);
            return told ? Result<bool>(true) : Result<bool>(told.error());
        });
    });
    if (!deleted) {
        return deleted.error();
    }
    return *deleted ? Result<void>() : explain_kept(caller, *proven, ports.sessions);
}

}  // namespace signet
