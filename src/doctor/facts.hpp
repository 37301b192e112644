#pragma once

#include "config/load.hpp"
#include "store/boundary.hpp"

#include <signet/ports/accounts.hpp>
#include <signet/ports/mail.hpp>

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace signet::doctor {

// What examine() found out, without a judgement. Members that were not looked at are empty.

// What a server answered.
struct Answer {
    std::string url;  // in a form that may be shown
    int status = 0;   // 0: there was no answer, and `fault` says why
    std::string fault = {};
    std::string body = {};
    // The first Cache-Control, which is the one that Hasura reads; nothing if there is none.
    std::optional<std::string> cache_control = {};
    // By how many seconds the server's clock is ahead of ours, by its header Date.
    std::int64_t ahead_s = 0;
};

enum class DatabaseState : std::uint8_t {
    not_asked,
    ready,
    unreachable,
    read_only,
    locked,
    pooled,
    unusable,
};

struct DatabaseFacts {
    DatabaseState state = DatabaseState::not_asked;
    std::string reason = {};                           // where it is not ready
    std::vector<std::string> pending = {};             // migrations; the rest is not known then
    std::vector<store::ForeignObject> obstacles = {};  // where a pending migration makes its own
    std::vector<store::ForeignObject> objects = {};    // of others, and other risks
    std::optional<std::vector<RoleRow>> roles = {};
    std::int64_t ahead_s = 0;   // its clock, as above
    std::size_t addresses = 0;  // from which Signet is connected
};

struct KeyFacts {
    bool looked = false;
    std::vector<std::string> errors = {};
    std::optional<std::string> signer = {};  // the kid of the key that signs
};

struct ExposedFile {
    std::string path;
    std::string reason;
};

// The Hasura of --hasura.
struct RunningHasura {
    Answer health;
    int status_without_secret = 0;  // of an export of the metadata
    int status_with_secret = 0;     // 0: there is no secret here
};

struct Facts {
    config::LoadedConfig loaded;
    config::Variables hasura;  // HASURA_GRAPHQL_* of this environment
    // The values of this environment that the metadata sends as headers (value_from_env), by name.
    config::Variables header_values;
    std::optional<boost::json::object> metadata;
    std::string metadata_fault;
    DatabaseFacts database;
    KeyFacts keys;
    std::vector<ExposedFile> exposed;
    std::optional<Delivery> mail;
    std::optional<Answer> jwks;
    std::optional<Answer> discovery;
    std::optional<Answer> hook;
    std::optional<RunningHasura> running;
};

}  // namespace signet::doctor
