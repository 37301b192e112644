#include "base/system.hpp"
#include "service/grant.hpp"
#include "service/new_account.hpp"
#include "service/outgoing.hpp"
#include "service/session_draft.hpp"

#include <signet/service/sign_in.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signet {
namespace {

// Returns the data of the new account. It writes nothing yet.
Result<NewAccount> draft_account(const SignupInput& input, const SignInPorts& ports,
                                 const SignInPolicy& policy) {
    Result<NewNames> names = check_signup(input, ports.judge, policy);
    if (!names) {
        return names.error();
    }
    Result<Text> role = first_role(policy.roles);
    if (!role) {
        return role.error();
    }
    Result<Text> hash = ports.hasher.hash(input.password);
    if (!hash) {
        return hash.error();
    }
    const UserId id = UserId::parse(random_uuid(ports.random)).value();
    return NewAccount{id,
                      std::move(names->username),
                      std::move(names->email),
                      std::move(*hash),
                      std::move(*role),
                      input.metadata};
}

// What goes out because of a signup.
Result<void> tell_of_signup(const NewAccount& account, const std::string& language,
                            AccountTransaction& transaction, const SignInPorts& ports,
                            const SignInPolicy& policy) {
    const Sender sender{ports.sealer, ports.random, policy.mail};
    if (policy.mail.on && policy.mail.verification == EmailVerification::optional &&
        account.email) {
        // Decided like every other wish for this mail, so that the limits hold.
        const auto ask = make_row(sender, OutboxKind::ask, to_string(TicketPurpose::verify_email),
                                  {{"email", account.email->str()}, {"language", language}});
        if (!ask) {
            return ask.error();
        }
        if (auto put = transaction.outbox().put(*ask); !put) {
            return put;
        }
    }
    return put_event(transaction.outbox(), sender, "user.created", account.id,
                     signup_values(account));
}

// Creates the account and opens its first session in one transaction. If no token can be
// signed, nothing is written.
Result<SignedIn> create_account(const NewAccount& account, const std::string& language,
                                DraftSession& draft, const SignInPorts& ports,
                                const SignInPolicy& policy, std::int64_t now_s) {
    const auto transaction = ports.sessions.begin(ports.origin);
    if (!transaction) {
        return transaction.error();
    }
    if (auto created = (*transaction)->create_account(account); !created) {
        return created.error();
    }
    if (auto told = tell_of_signup(account, language, **transaction, ports, policy); !told) {
        return told.error();
    }
    const Result<Account> stored = (*transaction)->read_account(account.id);
    if (!stored) {
        return stored.error();
    }
    // The database may have made the account inactive, for somebody to look at it first. Then the
    // account stays, and nobody is signed in.
    if (!stored->active) {
        const Result<void> kept = (*transaction)->commit();
        return kept ? Error{Errc::invalid_credentials, "the database made the new account inactive"}
                    : kept.error();
    }
    if (auto opened = (*transaction)->open_session(account.id, draft.session); !opened) {
        return opened.error();
    }
    return sign_and_commit(**transaction, *stored, draft, {ports.signer, ports.random}, policy,
                           now_s);
}

// An account whose name and password were right, and which is active.
struct Proof {
    Account account;
    Text hash;  // what the password was verified against
    bool outdated = false;
};

std::optional<Text> network_of(const SessionClient& client) {
    return client.address ? Text::from(*client.address) : std::nullopt;
}

// Looks for the name as it was typed, because an adopted table may hold names of any kind; then
// without white space around it; then, if it has an @, as an e-mail address, because people type
// either into one field.
Result<LoginMatch> find_account(const LoginInput& input, const Text& stranger,
                                AccountStore& accounts) {
    const std::string_view trimmed = trim_white_space(input.name);
    std::vector<std::pair<NameKind, std::string_view>> readings{{input.kind, input.name}};
    if (trimmed != input.name) {
        readings.emplace_back(input.kind, trimmed);
    }
    if (input.kind == NameKind::username && trimmed.find('@') != std::string_view::npos) {
        readings.emplace_back(NameKind::email, trimmed);
    }
    const LoginOrigin origin{stranger, network_of(input.client)};
    LoginMatch nobody{std::nullopt, {origin.stranger}};
    for (const auto& [kind, typed] : readings) {
        const std::optional<Text> name = Text::from(typed);
        if (!name) {
            break;
        }
        Result<LoginMatch> found = accounts.find_for_login(LoginName{kind, *name}, origin);
        if (!found || found->account) {
            return found;
        }
        nobody = std::move(*found);
    }
    return nobody;
}

// Computes exactly one password hash whatever the outcome, so that neither the answer nor its
// timing tells an unknown name from a wrong password.
Result<Proof> prove(const LoginInput& input, const SignInPorts& ports) {
    const Text stranger = subject_of_name(input.kind, input.name, ports.sealer);
    std::optional<Account> account;
    const auto look = [&]() -> Result<Failures> {
        Result<LoginMatch> found = find_account(input, stranger, ports.accounts);
        if (!found) {
            return found.error();
        }
        account = std::move(found->account);
        if (account) {
            ports.throttle.remember(stranger, account->id);
        }
        return std::move(found->failures);
    };
    auto attempt = ports.throttle.admit(look, ports.failures, {"login-refused", ports.origin});
    if (!attempt) {
        return attempt.error();
    }
    if (!account) {
        const Result<void> spent = ports.hasher.verify_nobody(input.password);
        return spent ? attempt->wrong({Errc::invalid_credentials, "unknown name"})
                     : attempt->undecided(spent.error());
    }
    const Result<PasswordVerdict> verdict =
        ports.hasher.verify(input.password, account->password_hash);
    if (!verdict) {
        return attempt->undecided(verdict.error());
    }
    if (*verdict == PasswordVerdict::wrong) {
        return attempt->wrong(
            {Errc::invalid_credentials, "wrong password for " + account->id.str()});
    }
    if (!account->active) {
        return attempt->wrong({Errc::invalid_credentials, "inactive account " + account->id.str()});
    }
    if (auto forgotten = attempt->right(); !forgotten) {
        return forgotten.error();
    }
    std::optional<Text> hash = Text::from(account->password_hash);
    if (!hash) {
        return Error{Errc::internal, "a stored hash that matches is no text"};
    }
    return Proof{std::move(*account), std::move(*hash),
                 *verdict == PasswordVerdict::matches_outdated};
}

// Returns the hash under the current parameters, or nothing if it cannot be computed now. The login
// succeeds all the same, because the password was right, and a later login computes the hash.
std::optional<Text> renew(const std::string& password, PasswordHasher& hasher) {
    Result<Text> hash = hasher.hash(password);
    return hash ? std::optional(std::move(*hash)) : std::nullopt;
}

// Opens a session for a user whose password was verified, in one transaction. If no token can be
// signed, nothing is written. Returns nothing if the account has changed meanwhile.
Result<std::optional<SignedIn>> open_session(const VerifiedLogin& login, DraftSession& draft,
                                             const SignInPorts& ports, const SignInPolicy& policy,
                                             std::int64_t now_s) {
    const auto transaction = ports.sessions.begin(ports.origin);
    if (!transaction) {
        return transaction.error();
    }
    if (policy.mail.verification == EmailVerification::required) {
        const auto user = (*transaction)->tickets().lock_recipient(login.user);
        if (!user) {
            return user.error();
        }
        if (*user && (*user)->account.email && !(*user)->proven) {
            return Error{Errc::email_not_verified, login.user.str()};
        }
    }
    const Result<bool> noted = (*transaction)->note_login(login);
    if (!noted || !*noted) {
        return noted ? Result<std::optional<SignedIn>>(std::nullopt) : noted.error();
    }
    Result<SignedIn> signed_in = open_and_commit(**transaction, login.user, draft,
                                                 {ports.signer, ports.random}, policy, now_s);
    return signed_in ? Result<std::optional<SignedIn>>(std::move(*signed_in)) : signed_in.error();
}

}  // namespace

Result<SignedIn> signup(const SignupInput& input, const SignInPorts& ports,
                        const SignInPolicy& policy, std::int64_t now_s) {
    const Result<NewAccount> account = draft_account(input, ports, policy);
    if (!account) {
        return account.error();
    }
    Result<DraftSession> draft =
        draft_session(input.client, ports.sealer, ports.random, policy.sessions);
    if (!draft) {
        return draft.error();
    }
    return try_twice(
        [&] { return create_account(*account, input.language, *draft, ports, policy, now_s); });
}

Result<SignedIn> login(const LoginInput& input, const SignInPorts& ports,
                       const SignInPolicy& policy, std::int64_t now_s) {
    for (int i = 0; i < kLoginTriesMax; ++i) {
        const Result<Proof> proof = prove(input, ports);
        if (!proof) {
            return proof.error();
        }
        Result<DraftSession> draft =
            draft_session(input.client, ports.sealer, ports.random, policy.sessions);
        if (!draft) {
            return draft.error();
        }
        const VerifiedLogin login{
            proof->account.id, proof->hash,
            proof->outdated ? renew(input.password, ports.hasher) : std::nullopt};
        Result<std::optional<SignedIn>> opened =
            try_twice([&] { return open_session(login, *draft, ports, policy, now_s); });
        if (!opened) {
            return opened.error();
        }
        if (*opened) {
            return std::move(**opened);
        }
    }
    return Error{Errc::invalid_credentials, "the account changed whenever it was looked at"};
}

}  // namespace signet
