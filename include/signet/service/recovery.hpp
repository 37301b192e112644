#pragma once

#include <signet/domain/mail_policy.hpp>
#include <signet/domain/ticket.hpp>
#include <signet/ports/outbox.hpp>
#include <signet/ports/tickets.hpp>
#include <signet/result.hpp>
#include <signet/service/account.hpp>
#include <signet/service/sign_in.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Mails that users ask for, and what somebody may do who has got one.
namespace signet {

// What somebody asks for by a name that may be nobody's.
struct MailAsk {
    TicketPurpose purpose = TicketPurpose::reset_password;
    NameKind kind = NameKind::email;
    std::string name;
    std::optional<std::string> redirect_to;
    std::string language;  // Accept-Language as it was sent
};

// What notes a wish, so that it is decided later.
struct AskPorts {
    Outbox& outbox;
    const SessionSealer& sealer;
    Random& random;
};

// Notes what somebody asks for. Whether the name is somebody's is found out later by whoever
// delivers, so that nothing of it shows here. Errors: invalid_input at /redirectTo, and those of
// the store and the sealer.
Result<void> ask_for_mail(const MailAsk& ask, const AskPorts& ports, const MailPolicy& policy);

// Notes a signup whose address is to be proven first. Errors: signup_closed, invalid_input with
// fields, and those of the hasher, the store and the sealer. None of them says anything about the
// accounts that there are.
Result<void> ask_to_sign_up(const SignupInput& input, const std::string& language,
                            const AskPorts& asks, const SignInPorts& ports,
                            const SignInPolicy& policy);

// Notes that the caller wants another address, after the current password. It has to be of a domain
// that signups may have. Errors: wrong_current_password, too_many_attempts, invalid_input, and
// those of the store.
struct AddressChange {
    std::string new_email;
    std::string current_password;
    std::optional<std::string> redirect_to;
    std::string language;
};
Result<void> ask_for_change(const Caller& caller, const AddressChange& change,
                            const PasswordPorts& passwords, const AskPorts& asks,
                            const SignInPolicy& policy);

// Decides a row of OutboxKind::ask: makes the ticket and the mail, or nothing. It removes the row
// in the same transaction. Errors are those of the store; then it is decided again.
struct DecisionPorts {
    SessionStore& sessions;
    const SessionSealer& sealer;
    Random& random;
};
Result<void> decide_ask(const OutboxRow& row, const DecisionPorts& ports,
                        const SignInPolicy& sign_in, const MailPolicy& policy);

// What works with tickets. It belongs to one thread of a lane.
struct TicketPorts {
    SessionStore& sessions;
    const SessionSealer& sealer;
    const TokenSigner& signer;
    Random& random;
    Origin origin = {};  // of the request
};

// Returns the ticket without using it up. The error is invalid_ticket for every text that is no
// good ticket.
Result<Ticket> look_at_ticket(std::string_view ticket, const TicketPorts& ports);

// Proves the address, or changes it, and returns it. Errors: invalid_ticket, email_taken.
Result<std::string> verify_email(std::string_view ticket, const TicketPorts& ports,
                                 const MailPolicy& policy);

// Sets the password and ends every session. Errors: invalid_ticket, invalid_input.
Result<void> reset_password(std::string_view ticket, const std::string& new_password,
                            const TicketPorts& ports, PasswordHasher& hasher,
                            const PasswordJudge& judge, const MailPolicy& policy);

// Opens a session for who has a sign-in link. The error is invalid_credentials whatever is wrong.
Result<SignedIn> sign_in_by_ticket(std::string_view ticket, const SessionClient& client,
                                   const TicketPorts& ports, const SignInPolicy& sign_in,
                                   const MailPolicy& policy, std::int64_t now_s);

// Opens a session for who has a code. Wrong codes count like wrong passwords.
struct CodeInput {
    std::string email;
    std::string code;
    SessionClient client;
};
struct CodePorts {
    AccountStore& accounts;
    FailureStore& failures;
    CodeStore& codes;
    PasswordThrottle& throttle;
};
Result<SignedIn> sign_in_by_code(const CodeInput& input, const CodePorts& codes,
                                 const TicketPorts& ports, const SignInPolicy& sign_in,
                                 const MailPolicy& policy, std::int64_t now_s);

// Makes the invited user's account usable and opens a session. Errors: invalid_ticket,
// invalid_input, username_taken.
struct InvitationInput {
    std::string ticket;
    std::optional<std::string> username;
    std::string password;
    SessionClient client;
};
Result<SignedIn> accept_invitation(const InvitationInput& input, const TicketPorts& ports,
                                   PasswordHasher& hasher, const PasswordJudge& judge,
                                   const SignInPolicy& sign_in, const MailPolicy& policy,
                                   std::int64_t now_s);

}  // namespace signet
