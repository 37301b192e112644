#pragma once

#include <signet/domain/role.hpp>
#include <signet/domain/user.hpp>
#include <signet/service/sign_in.hpp>

#include <string>

namespace signet::routes {

// {id, username, email?, roles, defaultRole, token, expiresIn}: what signup and login answer.
std::string to_json(const SignedIn& signed_in);

// {id, username, email, roles, defaultRole, active, createdAt, lastLoginAt}: what /me answers.
std::string to_json(const Account& account, const RoleSet& roles);

}  // namespace signet::routes
