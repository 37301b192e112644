#pragma once

#include "config/config.hpp"
#include "store/conninfo.hpp"

#include <signet/service/admin.hpp>

#include <memory>
#include <string>

namespace signet::server {

// The adapters of one command, over one connection that is made at first use. One thread's.
class Adapters {
public:
    explicit Adapters(const config::Config& config);
    ~Adapters();
    Adapters(const Adapters&) = delete;
    Adapters& operator=(const Adapters&) = delete;

    // Valid as long as this object.
    AdminPorts admin_ports();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// cli:NAME of the user of this process, or cli:UID where it has no name.
std::string operator_name();

// The service's connection. Holds the password of DATABASE_URL in the clear.
store::ConnectionOptions connection_options(const config::StoreConfig& config);
// The same for a command, whose changes the audit gives to operator_name().
store::ConnectionOptions operator_options(const config::StoreConfig& config);
// The connection of who owns the tables: MIGRATION_DATABASE_URL, else the service's.
store::ConnectionOptions owner_options(const config::StoreConfig& config);

}  // namespace signet::server
