#pragma once

#include "base/log.hpp"
#include "config/config.hpp"

namespace signet::server {

// Serves until a signal comes, and returns the exit code of the process.
int run_serve(const config::Config& config, const Log& log);

}  // namespace signet::server
