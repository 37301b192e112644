#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace signet {

// Who may sign up by himself. What operators do, and accepting an invitation, is possible with
// each.
enum class SignupMode : std::uint8_t {
    on,      // everybody
    off,     // nobody
    invite,  // nobody, since accounts come by invitation
};

// What the operator has configured for signups. The domains are patterns, as is_domain_pattern()
// says. They bind the e-mail address that anybody chooses, also for an account that is there
// already, but no operator.
struct SignupPolicy {
    SignupMode mode = SignupMode::on;
    std::vector<std::string> domains = {};          // of one of which it is; empty: of any
    std::vector<std::string> blocked_domains = {};  // of none of which it is, in any case
};

// Tells whether the text is a domain with a dot, in ASCII and without one at its end, which stands
// for itself only; or such a domain behind "*.", which stands for all domains below it.
bool is_domain_pattern(std::string_view text);

// Tells whether the policy takes addresses of this domain. `email` is one that new_email() takes.
// Domains are compared without regard to ASCII case.
bool takes_domain_of(std::string_view email, const SignupPolicy& policy);

}  // namespace signet
