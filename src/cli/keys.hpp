#pragma once

#include "cli/commands.hpp"
#include "config/config.hpp"
#include "keys/key_admin.hpp"
#include "tokens/key_set.hpp"

#include <signet/ports/sessions.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11 calls itself so
class App;
}

// `signet keys …`: reads the words, calls keys::KeyAdmin and prints. Functions that return an int
// return the exit code of the process.
namespace signet::cli {

enum class KeyVerb : std::uint8_t {
    list,
    stage,
    promote,
    retire,
    revoke,
    rewrap,
    export_set,
    import_key
};

// A key that comes from elsewhere, as it was written on the command line.
struct KeyImport {
    std::string file;
    std::optional<std::string> until;  // of a public key only; see read_until()
    std::optional<std::string> kid;    // of a public key whose tokens carry another than ours would
};

// What was written behind `signet keys`.
struct KeyArguments {
    std::string kid;
    std::optional<std::string> alg;
    KeyImport import_key;
    bool force = false;
    bool yes = false;
    bool json = false;
};

// The words behind `signet keys`.
class KeyWords {
public:
    // Adds the commands to `group`, which has to live as long as this. `choose` is told which one
    // was written, once all of its words are read.
    KeyWords(CLI::App& group, std::function<void(KeyVerb)> choose);
    KeyWords(const KeyWords&) = delete;
    KeyWords& operator=(const KeyWords&) = delete;

    const KeyArguments& arguments() const { return arguments_; }
    // Whether the command that was written takes a kid, which may begin with a hyphen.
    bool takes_kid() const;

private:
    void add_looks();
    void add_changes();
    void add_import();
    CLI::App* add(KeyVerb verb, const char* name, const char* about);
    CLI::App* add_change(KeyVerb verb, const char* name, const char* about);

    CLI::App& group_;
    std::function<void(KeyVerb)> choose_;
    KeyArguments arguments_;
    std::vector<const CLI::App*> with_kid_;
};

// Opens the home of the keys, wherever they live, and runs one command on it. A fixed key is listed
// and exported, and no more. Changes are audited under the name of the user of this process.
int run_keys(KeyVerb verb, const KeyArguments& arguments, const config::Config& config,
             const CommandIo& io);

// A change of the keys, and where its messages go.
struct KeyCommand {
    keys::KeyAdmin& admin;
    const CommandIo& io;
    bool yes = false;  // otherwise it is only said what would happen
};

int keys_stage(const KeyCommand& command, const std::optional<std::string>& alg);
int keys_promote(const KeyCommand& command, bool force);
int keys_retire(const KeyCommand& command, std::string_view kid);
int keys_revoke(const KeyCommand& command, std::string_view kid);
int keys_rewrap(const KeyCommand& command);
// The same for the keys of sessions. The exit code is that of a failure if one cannot be opened.
int sessions_rewrap(SessionMaintenance& sessions, const SessionSealer& sealer, bool yes,
                    const CommandIo& io);
int keys_import(const KeyCommand& command, const KeyImport& wanted, std::int64_t now_s);

// Prints nine members a key with `json`; unknown times are null.
int keys_list(const std::vector<keys::KeyRow>& rows, bool json, const CommandIo& io);

// Prints the public JWKS, as /jwks answers it.
int keys_export(const tokens::KeySet& keys, const CommandIo& io);

// Prints everything that is wrong with the keys to standard error and returns 78.
int report_unusable_keys(const std::vector<std::string>& errors, const CommandIo& io);

// Reads a time to come: a duration from now, or a date with or without a time of day, in UTC
// (2026-12-31, 2026-12-31T18:00:00Z). Returns nothing when it is neither, or is past.
std::optional<std::int64_t> read_until(std::string_view text, std::int64_t now_s);

// What the fixed key of AUTH_PRIVATE_KEY looks like in a list.
std::vector<keys::KeyRow> rows_of(const tokens::KeySet& keys);

}  // namespace signet::cli
