#pragma once

#include "app/admin_ports.hpp"
#include "app/config.hpp"
#include "password/argon2_options.hpp"
#include "store/conninfo.hpp"

#include <memory>

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

// Holds the password of DATABASE_URL in the clear.
store::ConnectionOptions connection_options(const StoreConfig& config);

}  // namespace signet::app
