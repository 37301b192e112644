#pragma once

#include <signet/domain/ticket.hpp>
#include <signet/domain/user.hpp>
#include <signet/result.hpp>

#include <cstdint>
#include <optional>

namespace signet {

// A user to whom a mail may go, locked so that of two that come at once the second sees what the
// first has left.
struct MailRecipient {
    Account account;      // without claims
    bool proven = false;  // whether the address was proven by a mail
};

// Tickets, and what they change of an account, within one AccountTransaction.
class TicketStore {
public:
    virtual ~TicketStore() = default;

    // Locks and returns the account as AccountStore::find() finds it.
    virtual Result<std::optional<MailRecipient>> lock_recipient(const LoginName& name) = 0;
    virtual Result<std::optional<MailRecipient>> lock_recipient(const UserId& id) = 0;
    // Returns how many mails the address, or the user, was sent within the last seconds: the larger
    // number. Addresses are compared without regard to ASCII case.
    virtual Result<std::int64_t> count_mails(const Text& address, const std::optional<UserId>& user,
                                             std::int64_t seconds) = 0;
    virtual Result<void> note_mail(const Text& address, const std::optional<UserId>& user) = 0;

    // A code takes the place of the one before.
    virtual Result<void> put(const NewTicket& ticket) = 0;
    // Locks the ticket and returns it; or nothing if there is none, its time is over, the user is
    // gone, or the address is not the user's any more.
    virtual Result<std::optional<Ticket>> lock(const Text& hash) = 0;
    // Returns the same without a lock, for a look that changes nothing.
    virtual Result<std::optional<Ticket>> find(const Text& hash) = 0;
    // Uses up all tickets of a purpose, or all of the user.
    virtual Result<void> spend(const UserId& user, TicketPurpose purpose) = 0;
    virtual Result<void> spend_all(const UserId& user) = 0;

    // Notes that the user reads the mail of an address.
    virtual Result<void> prove(const UserId& user, const Text& address) = 0;
    // Notes that several have signed up with the address of the user, which is not proven.
    virtual Result<void> contest(const UserId& user) = 0;
    // Gives the user another address or username. Errors: email_taken, username_taken.
    virtual Result<void> set_email(const UserId& user, const Text& address) = 0;
    virtual Result<void> set_username(const UserId& user, const Text& username) = 0;
    // Replaces the hash, or takes the password away, and forgets wrong passwords.
    virtual Result<void> set_password(const UserId& user, const std::optional<Text>& hash) = 0;
    // Records the time of a sign-in without a password. Returns false, having done nothing, if the
    // account is inactive.
    virtual Result<bool> note_sign_in(const UserId& user) = 0;
    // Ends all sessions.
    virtual Result<void> end_sessions(const UserId& user) = 0;
};

// Codes, outside of a transaction, so that a try counts whatever follows.
class CodeStore {
public:
    virtual ~CodeStore() = default;
    // Counts a try and returns the hash of the code; or nothing if the user has none that is good
    // for another try.
    virtual Result<std::optional<Text>> try_code(const UserId& user) = 0;
};

}  // namespace signet
