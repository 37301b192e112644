#include "base/secret.hpp"
#include "service/grant.hpp"
#include "service/new_account.hpp"
#include "service/outgoing.hpp"
#include "service/session_draft.hpp"
#include "service/tickets.hpp"

#include <signet/service/recovery.hpp>

#include <utility>

// What somebody may do who has a ticket or a code.
namespace signet {
namespace {

Error invalid_ticket(std::string reason) {
    return {Errc::invalid_ticket, std::move(reason)};
}

Error unusable_ticket() {
    return invalid_ticket("unknown, used, expired, or of an address that has changed");
}

// A good ticket with its user, both locked.
struct Held {
    Ticket ticket;
    Text address;  // that the ticket was sent to
    Account account;
};

// Returns what the ticket is good for now. The error is invalid_ticket.
Result<Held> hold(const Text& hash, AccountTransaction& transaction) {
    auto ticket = transaction.tickets().lock(hash);
    if (!ticket) {
        return ticket.error();
    }
    if (!*ticket) {
        return unusable_ticket();
    }
    auto recipient = transaction.tickets().lock_recipient((*ticket)->user);
    if (!recipient) {
        return recipient.error();
    }
    const auto address = Text::from((*ticket)->new_address.value_or((*ticket)->address));
    if (!*recipient || !address) {
        return invalid_ticket("the user is gone");
    }
    return Held{std::move(**ticket), *address, std::move((*recipient)->account)};
}

Result<Held> hold(std::string_view text, TicketPurpose purpose, AccountTransaction& transaction) {
    const auto hash = ticket_hash(text);
    if (!hash) {
        return invalid_ticket("not in the form of a ticket");
    }
    auto held = hold(*hash, transaction);
    if (!held) {
        return held;
    }
    if (held->ticket.purpose != purpose || !held->account.active) {
        return invalid_ticket("of another purpose, or of an inactive user: " +
                              held->account.id.str());
    }
    return held;
}

// Sets the password, or takes it away. The first one of an account is no change of it.
Result<void> set_password(const Held& held, const std::optional<Text>& hash,
                          AccountTransaction& transaction, const Sender& sender) {
    const std::string& was = held.account.password_hash;
    if (auto set = transaction.tickets().set_password(held.account.id, hash); !set) {
        return set;
    }
    return was.empty() || (hash && was == hash->str())
               ? Result<void>()
               : put_event(transaction.outbox(), sender, "password.changed", held.account.id);
}

// Takes away what somebody may have who was here before: sessions, and tickets that would change
// the address. Others went to the address that is proven now.
Result<void> take_away(const Held& held, AccountTransaction& transaction) {
    auto ended = transaction.tickets().end_sessions(held.account.id);
    return ended ? transaction.tickets().spend(held.account.id, TicketPurpose::change_email)
                 : ended;
}

// A password that nobody has proven may be that of somebody who signed up with another one's
// address. So the first proof takes it away, with the sessions that it opened.
Result<void> disown_password(const Held& held, AccountTransaction& transaction,
                             const Sender& sender) {
    if (held.ticket.proven) {
        return {};
    }
    if (auto gone = set_password(held, std::nullopt, transaction, sender); !gone) {
        return gone;
    }
    return take_away(held, transaction);
}

Result<void> note_proof(const Held& held, AccountTransaction& transaction, const Sender& sender) {
    if (auto proven = transaction.tickets().prove(held.account.id, held.address); !proven) {
        return proven;
    }
    const bool known = held.ticket.proven && !held.ticket.new_address;
    return known ? Result<void>()
                 : put_event(transaction.outbox(), sender, "user.email-verified", held.account.id,
                             {{"email", held.address.str()}});
}

Result<void> rename(const Held& held, const Text& username, AccountTransaction& transaction,
                    const Sender& sender) {
    if (auto named = transaction.tickets().set_username(held.account.id, username); !named) {
        return named;
    }
    return held.account.username == username.str()
               ? Result<void>()
               : put_event(transaction.outbox(), sender, "user.renamed", held.account.id,
                           {{"username", username.str()}});
}

// The signup whose link is followed gets the password and, if nobody else has taken it meanwhile,
// the username. Sessions of before may be of somebody else who signed up with the address.
Result<void> settle_signup(const Held& held, AccountTransaction& transaction,
                           const Sender& sender) {
    const auto hash = Text::from(held.ticket.password_hash.value_or(""));
    if (held.ticket.proven) {
        return {};
    }
    if (!hash || hash->str().empty()) {
        // Nobody can say whose signup the password is from.
        return held.ticket.contested ? disown_password(held, transaction, sender) : Result<void>();
    }
    TicketStore& tickets = transaction.tickets();
    const auto username = Text::from(held.ticket.username.value_or(""));
    if (username && !username->str().empty()) {
        const auto other = tickets.lock_recipient(LoginName{NameKind::username, *username});
        if (!other) {
            return other.error();
        }
        if (!*other) {
            if (auto named = rename(held, *username, transaction, sender); !named) {
                return named;
            }
        }
    }
    if (auto set = set_password(held, hash, transaction, sender); !set) {
        return set;
    }
    return take_away(held, transaction);
}

Result<void> change_address(const Held& held, AccountTransaction& transaction,
                            const Sender& sender) {
    TicketStore& tickets = transaction.tickets();
    if (auto changed = tickets.set_email(held.account.id, held.address); !changed) {
        return changed;
    }
    if (auto spent = tickets.spend_all(held.account.id); !spent) {
        return spent;
    }
    const auto ended = held.ticket.session
                           ? transaction.end_other_sessions(held.account.id, *held.ticket.session)
                           : tickets.end_sessions(held.account.id);
    return ended ? put_event(transaction.outbox(), sender, "user.email-changed", held.account.id,
                             {{"email", held.address.str()}})
                 : ended;
}

// Lets in who holds the ticket, and opens a session.
Result<SignedIn> let_in(const Held& held, DraftSession& draft, AccountTransaction& transaction,
                        const TicketPorts& ports, const SignInPolicy& sign_in,
                        const MailPolicy& policy, std::int64_t now_s) {
    const Sender sender{ports.sealer, ports.random, policy};
    if (auto disowned = disown_password(held, transaction, sender); !disowned) {
        return disowned.error();
    }
    if (auto noted = note_proof(held, transaction, sender); !noted) {
        return noted.error();
    }
    if (auto spent = transaction.tickets().spend(held.account.id, held.ticket.purpose); !spent) {
        return spent.error();
    }
    const auto in = transaction.tickets().note_sign_in(held.account.id);
    if (!in || !*in) {
        return in ? Error{Errc::invalid_credentials, "inactive account"} : in.error();
    }
    return open_and_commit(transaction, held.account.id, draft, {ports.signer, ports.random},
                           sign_in, now_s);
}

// What is wrong with a ticket or code at a sign-in shows no more than a wrong password does.
Error as_credentials(const Error& error) {
    return error.errc == Errc::invalid_ticket ? Error{Errc::invalid_credentials, error.log_detail}
                                              : error;
}

// Runs one step in a transaction of its own, twice if the connection broke before COMMIT.
template <class T, class Step>
Result<T> in_transaction(const TicketPorts& ports, const Step& step) {
    return try_twice([&]() -> Result<T> {
        const auto transaction = ports.sessions.begin(ports.origin);
        return transaction ? step(**transaction) : Result<T>(transaction.error());
    });
}

}  // namespace

Result<Ticket> look_at_ticket(std::string_view ticket, const TicketPorts& ports) {
    const auto hash = ticket_hash(ticket);
    if (!hash) {
        return invalid_ticket("not in the form of a ticket");
    }
    return in_transaction<Ticket>(ports, [&](AccountTransaction& transaction) -> Result<Ticket> {
        auto found = transaction.tickets().find(*hash);
        if (!found) {
            return found.error();
        }
        return *found ? Result<Ticket>(std::move(**found)) : unusable_ticket();
    });
}

Result<std::string> verify_email(std::string_view ticket, const TicketPorts& ports,
                                 const MailPolicy& policy) {
    const auto hash = ticket_hash(ticket);
    if (!hash) {
        return invalid_ticket("not in the form of a ticket");
    }
    const Sender sender{ports.sealer, ports.random, policy};
    return in_transaction<std::string>(
        ports, [&](AccountTransaction& transaction) -> Result<std::string> {
            const auto held = hold(*hash, transaction);
            if (!held) {
                return held.error();
            }
            const TicketPurpose purpose = held->ticket.purpose;
            const bool changes = purpose == TicketPurpose::change_email;
            if ((!changes && purpose != TicketPurpose::verify_email) || !held->account.active) {
                return invalid_ticket("of another purpose, or of an inactive user");
            }
            const auto settled = changes ? change_address(*held, transaction, sender)
                                         : settle_signup(*held, transaction, sender);
            if (!settled) {
                return settled.error();
            }
            if (auto noted = note_proof(*held, transaction, sender); !noted) {
                return noted.error();
            }
            if (auto spent = transaction.tickets().spend(held->account.id, purpose); !spent) {
                return spent.error();
            }
            const auto done = transaction.commit();
            return done ? Result<std::string>(held->address.str()) : done.error();
        });
}

Result<void> reset_password(std::string_view ticket, const std::string& new_password,
                            const TicketPorts& ports, PasswordHasher& hasher,
                            const PasswordJudge& judge, const MailPolicy& policy) {
    // The password is judged and hashed before anything is locked for longer than a moment.
    const auto named =
        in_transaction<Account>(ports, [&](AccountTransaction& transaction) -> Result<Account> {
            auto held = hold(ticket, TicketPurpose::reset_password, transaction);
            return held ? Result<Account>(std::move(held->account)) : held.error();
        });
    if (!named) {
        return named.error();
    }
    if (auto good = check_password(judge, "/newPassword", new_password,
                                   own_words(named->username, named->email));
        !good) {
        return good;
    }
    const Result<Text> hash = hasher.hash(new_password);
    if (!hash) {
        return hash.error();
    }
    const Sender sender{ports.sealer, ports.random, policy};
    return in_transaction<void>(ports, [&](AccountTransaction& transaction) -> Result<void> {
        const auto held = hold(ticket, TicketPurpose::reset_password, transaction);
        if (!held) {
            return held.error();
        }
        TicketStore& tickets = transaction.tickets();
        const UserId& user = held->account.id;
        if (auto set = tickets.set_password(user, *hash); !set) {
            return set;
        }
        if (auto noted = note_proof(*held, transaction, sender); !noted) {
            return noted;
        }
        if (auto ended = tickets.end_sessions(user); !ended) {
            return ended;
        }
        if (auto spent = tickets.spend_all(user); !spent) {
            return spent;
        }
        if (auto told = put_notice(transaction.outbox(), sender, "password-changed", held->account,
                                   ports.origin.language);
            !told) {
            return told;
        }
        if (auto told = put_event(transaction.outbox(), sender, "password.changed", user); !told) {
            return told;
        }
        return transaction.commit();
    });
}

Result<SignedIn> sign_in_by_ticket(std::string_view ticket, const SessionClient& client,
                                   const TicketPorts& ports, const SignInPolicy& sign_in,
                                   const MailPolicy& policy, std::int64_t now_s) {
    auto draft = draft_session(client, ports.sealer, ports.random, sign_in.sessions);
    if (!draft) {
        return draft.error();
    }
    return in_transaction<SignedIn>(
        ports, [&](AccountTransaction& transaction) -> Result<SignedIn> {
            const auto held = hold(ticket, TicketPurpose::sign_in_link, transaction);
            if (!held) {
                return as_credentials(held.error());
            }
            return let_in(*held, *draft, transaction, ports, sign_in, policy, now_s);
        });
}

Result<SignedIn> sign_in_by_code(const CodeInput& input, const CodePorts& codes,
                                 const TicketPorts& ports, const SignInPolicy& sign_in,
                                 const MailPolicy& policy, std::int64_t now_s) {
    const Text email = Text::from(trim_white_space(input.email)).value_or(Text::from("").value());
    std::optional<Account> account;
    const auto network = input.client.address ? Text::from(*input.client.address) : std::nullopt;
    const auto look = [&]() -> Result<Failures> {
        auto found = codes.accounts.find_for_login(
            LoginName{NameKind::email, email},
            LoginOrigin{subject_of_name(NameKind::email, email.view(), ports.sealer), network});
        if (!found) {
            return found.error();
        }
        account = std::move(found->account);
        return std::move(found->failures);
    };
    auto attempt = codes.throttle.admit(look, codes.failures, {"login-refused", ports.origin});
    if (!attempt) {
        return attempt.error();
    }
    // The same is done for an address that nobody has.
    const UserId user = account ? account->id : UserId();
    const auto expected = codes.codes.try_code(user);
    if (!expected) {
        return attempt->undecided(expected.error());
    }
    const Text sent = code_hash(user, input.code, ports.sealer);
    const std::string_view wanted = *expected ? (*expected)->view() : std::string_view();
    if (!equal_in_constant_time(sent.view(), wanted) || !account) {
        return attempt->wrong({Errc::invalid_credentials, "wrong code, or none is good"});
    }
    if (auto forgotten = attempt->right(); !forgotten) {
        return forgotten.error();
    }
    auto draft = draft_session(input.client, ports.sealer, ports.random, sign_in.sessions);
    if (!draft) {
        return draft.error();
    }
    return in_transaction<SignedIn>(
        ports, [&](AccountTransaction& transaction) -> Result<SignedIn> {
            const auto held = hold(sent, transaction);
            if (!held || !held->account.active ||
                held->ticket.purpose != TicketPurpose::sign_in_code) {
                return held ? Error{Errc::invalid_credentials, "inactive account"}
                            : as_credentials(held.error());
            }
            return let_in(*held, *draft, transaction, ports, sign_in, policy, now_s);
        });
}

Result<SignedIn> accept_invitation(const InvitationInput& input, const TicketPorts& ports,
                                   PasswordHasher& hasher, const PasswordJudge& judge,
                                   const SignInPolicy& sign_in, const MailPolicy& policy,
                                   std::int64_t now_s) {
    const auto invited =
        in_transaction<Account>(ports, [&](AccountTransaction& transaction) -> Result<Account> {
            auto held = hold(input.ticket, TicketPurpose::accept_invitation, transaction);
            return held ? Result<Account>(std::move(held->account)) : held.error();
        });
    if (!invited) {
        return invited.error();
    }
    std::optional<Text> username;
    if (input.username) {
        auto name = new_username(*input.username);
        if (!name) {
            return name.error();
        }
        username = std::move(*name);
    }
    if (auto good = check_password(judge, "/password", input.password,
                                   own_words(input.username, invited->email));
        !good) {
        return good.error();
    }
    const Result<Text> hash = hasher.hash(input.password);
    auto draft = draft_session(input.client, ports.sealer, ports.random, sign_in.sessions);
    if (!hash || !draft) {
        return hash ? draft.error() : hash.error();
    }
    const Sender sender{ports.sealer, ports.random, policy};
    return in_transaction<SignedIn>(
        ports, [&](AccountTransaction& transaction) -> Result<SignedIn> {
            const auto held = hold(input.ticket, TicketPurpose::accept_invitation, transaction);
            if (!held) {
                return held.error();
            }
            TicketStore& tickets = transaction.tickets();
            const UserId& user = held->account.id;
            if (username) {
                if (auto named = rename(*held, *username, transaction, sender); !named) {
                    return named.error();
                }
            }
            if (auto set = tickets.set_password(user, *hash); !set) {
                return set.error();
            }
            if (auto noted = note_proof(*held, transaction, sender); !noted) {
                return noted.error();
            }
            if (auto spent = tickets.spend_all(user); !spent) {
                return spent.error();
            }
            const auto in = tickets.note_sign_in(user);
            if (!in || !*in) {
                return in ? invalid_ticket("inactive account") : in.error();
            }
            return open_and_commit(transaction, user, *draft, {ports.signer, ports.random}, sign_in,
                                   now_s);
        });
}

}  // namespace signet
