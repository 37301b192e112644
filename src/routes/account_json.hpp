#pragma once

#include <signet/domain/role.hpp>
#include <signet/domain/session.hpp>
#include <signet/domain/user.hpp>
#include <signet/service/sign_in.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace signet::routes {

// {id, username, email?, roles, defaultRole, token, expiresIn, refreshToken}: what signup, login
// and refresh answer. Without `refreshToken` where it goes by cookie alone. Wipe it after use.
enum class RefreshTokenIn : std::uint8_t { body, cookie };
std::string to_json(const SignedIn& signed_in, RefreshTokenIn where);

// [{id, device, address, createdAt, lastUsedAt, expiresAt, current}]: what /sessions answers.
std::string to_json(const std::vector<SessionInfo>& sessions, const SessionId& current);

// {id, username, email, roles, defaultRole, active, createdAt, lastLoginAt}: what /me answers.
std::string to_json(const Account& account, const RoleSet& roles);

}  // namespace signet::routes
