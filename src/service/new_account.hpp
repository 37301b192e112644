#pragma once

#include <signet/domain/error.hpp>
#include <signet/domain/user.hpp>
#include <signet/ports/passwords.hpp>
#include <signet/result.hpp>
#include <signet/service/sign_in.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The rules that names and passwords are held to, whoever makes an account or changes a password.
namespace signet {

// Checks each name by its rule. What is wrong goes to `problems`, also that there is neither name,
// which `required` says in words.
NewNames check_new_names(const std::optional<std::string>& username,
                         const std::optional<std::string>& email, std::string required,
                         std::vector<FieldError>& problems);

// Refuses an address that nobody may choose here because of its domain, at `pointer`.
Result<void> check_domain(const Text& email, std::string_view pointer, const SignupPolicy& policy);

// Returns the names of a new account if somebody may sign up with them and this password. Errors:
// signup_closed, and invalid_input with a field for everything that is wrong.
Result<NewNames> check_signup(const SignupInput& input, const PasswordJudge& judge,
                              const SignInPolicy& policy);

// Returns the role that an account has from its beginning. The error is no_role.
Result<Text> first_role(const RolePolicy& policy);

// Returns the names that there are, which a password must not be made of.
std::vector<std::string> own_words(const std::optional<std::string>& username,
                                   const std::optional<std::string>& email);

// The error is invalid_input with the judge's objection at `pointer`.
Result<void> check_password(const PasswordJudge& judge, std::string_view pointer,
                            const std::string& password, const std::vector<std::string>& names);

}  // namespace signet
