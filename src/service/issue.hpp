#pragma once

#include <signet/service/sign_in.hpp>

#include <string>

namespace signet {

// Signs an access token for `account` with `roles`, as of `now_s`.
Result<std::string> issue_token(const Account& account, const RoleSet& roles,
                                const SignInPorts& ports, const TokenPolicy& policy,
                                std::int64_t now_s);

// What a signup and a login end with: roles of now, and a token for them.
Result<SignedIn> sign_in(Account account, const SignInPorts& ports, const SignInPolicy& policy,
                         std::int64_t now_s);

}  // namespace signet
