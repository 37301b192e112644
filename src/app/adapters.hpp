#pragma once

#include "app/admin_ports.hpp"
#include "app/config.hpp"
#include "password/argon2_options.hpp"
#include "store/conninfo.hpp"

#include <memory>
#include <string>

namespace signet::app {

// The adapters of one command, over one connection that is made at first use. One thread's.
class Adapters {
public:
    explicit Adapters(const Config& config);
    ~Adapters();
    Adapters(const Adapters&) = delete;
    Adapters& operator=(const Adapters&) = delete;

    // Valid as long as this object.
    AdminPorts admin_ports();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

Argon2Options argon2_options(const PasswordConfig& config);

// cli:NAME of the user of this process, or cli:UID where it has no name.
std::string operator_name();

// The service's connection. Holds the password of DATABASE_URL in the clear.
store::ConnectionOptions connection_options(const StoreConfig& config);
// The same for a command, whose changes the audit gives to operator_name().
store::ConnectionOptions operator_options(const StoreConfig& config);
// The connection of who owns the tables: MIGRATION_DATABASE_URL, else the service's.
store::ConnectionOptions owner_options(const StoreConfig& config);

}  // namespace signet::app
