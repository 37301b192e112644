#pragma once

#include "cli/commands.hpp"
#include "keys/key_admin.hpp"
#include "tokens/key_set.hpp"

#include <signet/ports/sessions.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::cli {

// `signet keys …`. Each gives the exit code of the process.

// A change of the keys, and what its messages have to know.
struct KeyCommand {
    keys::KeyAdmin& admin;
    const CommandIo& io;
    bool yes = false;              // else it is only said what would happen
    std::int64_t consumers_s = 0;  // how long a Hasura may keep its copy of the JWKS
};

// Everything that is wrong with the keys, on standard error. Gives 78.
int report_unusable_keys(const std::vector<std::string>& errors, const CommandIo& io);

// Nine members a key with --json; times that there are none of are null.
int keys_list(const std::vector<keys::KeyRow>& rows, bool json, const CommandIo& io);

// The public JWKS, as /jwks answers it.
int keys_export(const tokens::KeySet& keys, const CommandIo& io);

int keys_stage(const KeyCommand& command, const std::optional<std::string>& alg);
int keys_promote(const KeyCommand& command, bool force);
int keys_retire(const KeyCommand& command, std::string_view kid);
int keys_revoke(const KeyCommand& command, std::string_view kid);
int keys_rewrap(const KeyCommand& command);
// The same for the keys of sessions. The exit code is that of a failure if one cannot be opened.
int sessions_rewrap(SessionMaintenance& sessions, const SessionSealer& sealer, bool yes,
                    const CommandIo& io);

// A key that comes from elsewhere, as it was written on the command line.
struct KeyImport {
    std::string file;
    std::optional<std::string> until;  // a public key's only; see read_until
    std::optional<std::string> kid;    // of a public key whose tokens carry another than ours would
};
int keys_import(const KeyCommand& command, const KeyImport& wanted, std::int64_t now_s);

// A time to come: a duration from now, or a date with or without a time of day, in UTC
// (2026-12-31, 2026-12-31T18:00:00Z). Nothing when it is neither, or is past.
std::optional<std::int64_t> read_until(std::string_view text, std::int64_t now_s);

// What the fixed key of AUTH_PRIVATE_KEY looks like in a list.
std::vector<keys::KeyRow> rows_of(const tokens::KeySet& keys);

}  // namespace signet::cli
