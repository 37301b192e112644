#pragma once

#include <signet/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace signet {

// A mail that is ready to be sent. All texts are UTF-8 without NUL; `to` and `subject` have no
// control character.
struct Mail {
    // Letters, digits and hyphens. It makes the Message-ID, so that a mail that is sent again is
    // recognised.
    std::string id;
    std::string to;
    std::string subject;
    std::string text;
    std::string html;
};

enum class DeliveryOutcome : std::uint8_t {
    delivered,
    later,    // nobody is to blame, or our own configuration is: it may work at another time
    refused,  // the server took this mail for undeliverable, and would again
};

struct Delivery {
    DeliveryOutcome outcome = DeliveryOutcome::later;
    // What the server said, or why it said nothing: for the log and for operators. It has no
    // password, and control characters only if the server sent some.
    std::string reason;
    // Nothing can be delivered until somebody changes the configuration: a wrong password of the
    // mail server, a certificate that is not valid. The outcome is `later`.
    bool misconfigured = false;
    // No mail can be handed over now, so another one need not be tried at once. The outcome is
    // `later`.
    bool down = false;
};

// How long send() takes at most. A lease of a mail has to be longer.
inline constexpr std::chrono::seconds kMailSendMax{130};

// Hands mails over to a server that delivers them. Belongs to one thread.
class MailTransport {
public:
    virtual ~MailTransport() = default;

    // Waits on the calling thread for the server's word, kMailSendMax at most. A mail that was
    // handed over may be handed over again after a fault, with the same id.
    virtual Delivery send(const Mail& mail) = 0;

    // Has send() return by this time, as `later` where the server has said nothing yet.
    // Thread-safe.
    virtual void stop_by(std::chrono::steady_clock::time_point /*time*/) {}
};

// What the placeholders of a template stand for: `address` and `username` of the account, `link`,
// `code`, `holds` (for how many seconds link or code are good, in digits) and `newAddress`. Which
// template needs which is in src/mail/README.md.
using MailValues = std::map<std::string, std::string, std::less<>>;

struct MailText {
    std::string subject;
    std::string text;
    std::string html;
};

// Makes the texts of mails. Thread-safe.
class MailTemplates {
public:
    virtual ~MailTemplates() = default;

    // Puts the values into the template of this name. Values may be what strangers typed: they
    // cannot become markup, another line of the text or another header. A value that the template
    // does not use is ignored, and one that is not given is empty. A language without this template
    // gets the English one. Returns internal for a name that no template has.
    virtual Result<MailText> render(std::string_view name, std::string_view language,
                                    const MailValues& values) const = 0;

    // Returns the language that fits best to what a client sent as Accept-Language (RFC 9110
    // section 12.5.4), of those in which there are templates: `de` for `de-CH`, and `en` where
    // nothing fits.
    virtual std::string choose_language(std::string_view accept_language) const = 0;
};

}  // namespace signet
