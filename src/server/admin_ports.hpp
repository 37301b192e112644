#pragma once

#include <signet/ports/account_admin.hpp>
#include <signet/ports/account_store.hpp>
#include <signet/ports/password_hasher.hpp>
#include <signet/ports/password_judge.hpp>
#include <signet/ports/random.hpp>
#include <signet/ports/session_store.hpp>
#include <signet/ports/user_reader.hpp>

namespace signet::server {

// What the commands about users and roles work with.
struct AdminPorts {
    AccountStore& accounts;
    AccountAdmin& admin;
    RoleAdmin& roles;
    SessionStore& sessions;
    UserReader& users;
    PasswordHasher& hasher;
    const PasswordJudge& judge;
    Random& random;
};

}  // namespace signet::server
