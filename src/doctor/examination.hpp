#pragma once

#include "doctor/facts.hpp"

#include <signet/ports/outbound.hpp>

#include <optional>
#include <string>

namespace signet::doctor {

// What the operator points at, besides the configuration.
struct Scope {
    std::optional<std::string> metadata;    // see read_metadata()
    std::optional<std::string> hasura_url;  // of a running Hasura, without a path
};

// Gathers what diagnose() judges: reads files, asks PostgreSQL, the mail server, and the servers
// that the settings and `scope` name, over `http`. It waits for each some seconds at most and
// changes nothing but for a signup that PostgreSQL takes back, which `signet serve` tries at its
// start too. The caller wipes `hasura` in the result.
Facts examine(config::LoadedConfig loaded, config::Variables hasura, const Scope& scope,
              OutboundHttp& http);

// Returns the URL without user, password, query and fragment, which may be secrets.
std::string shown_url(std::string_view url);

}  // namespace signet::doctor
