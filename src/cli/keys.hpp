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

// The commands of `signet keys`. They read the arguments, call keys::KeyAdmin and print the
// outcome. Functions that return an int return the exit code of the process.
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

// The arguments of `signet keys import`.
struct KeyImport {
    std::string file;
    std::optional<std::string> until;  // of a public key only; see read_until()
    std::optional<std::string> kid;    // of a public key, if it is not the RFC 7638 thumbprint
};

// The arguments of all commands of `signet keys`.
struct KeyArguments {
    std::string kid;
    std::optional<std::string> alg;
    KeyImport import_key;
    bool force = false;
    bool yes = false;
    bool json = false;
};

// Parses the commands and options of `signet keys`.
class KeyWords {
public:
    // Adds the commands to `group`, which has to outlive this. `choose` is called with the command
    // that was given, once all of its arguments are read.
    KeyWords(CLI::App& group, std::function<void(KeyVerb)> choose);
    KeyWords(const KeyWords&) = delete;
    KeyWords& operator=(const KeyWords&) = delete;

    const KeyArguments& arguments() const { return arguments_; }
    // Returns whether the command that was given takes a kid, which may begin with a hyphen.
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

// Opens the home of the keys, wherever they are stored, and runs one command on it. A fixed key can
// only be listed and exported, but rewrap seals the keys of sessions anew beside it. The audit
// names the user of this process as the author of changes.
int run_keys(KeyVerb verb, const KeyArguments& arguments, const config::Config& config,
             const CommandIo& io);

// What a command that changes keys works with.
struct KeyCommand {
    keys::KeyAdmin& admin;
    const CommandIo& io;
    bool yes = false;  // otherwise the command only prints what it would do
};

int keys_stage(const KeyCommand& command, const std::optional<std::string>& alg);
int keys_promote(const KeyCommand& command, bool force);
int keys_retire(const KeyCommand& command, std::string_view kid);
int keys_revoke(const KeyCommand& command, std::string_view kid);
int keys_rewrap(const KeyCommand& command);
// Seals the keys of sessions under the first key-encryption key. Returns kExitFailed if one of them
// cannot be opened.
int sessions_rewrap(SessionMaintenance& sessions, const SessionSealer& sealer, bool yes,
                    const CommandIo& io);
// Does the same for what waits in the outbox.
int outbox_rewrap(Outbox& outbox, const SessionSealer& sealer, bool yes, const CommandIo& io);
int keys_import(const KeyCommand& command, const KeyImport& wanted, std::int64_t now_s);

// Prints a table, or with `json` an array with nine members for each key, in which a time that is
// not known is null.
int keys_list(const std::vector<keys::KeyRow>& rows, bool json, const CommandIo& io);

// Prints the public JWKS as /jwks returns it.
int keys_export(const tokens::KeySet& keys, const CommandIo& io);

// Prints everything that is wrong with the keys to standard error and returns kExitUnusableConfig.
int report_unusable_keys(const std::vector<std::string>& errors, const CommandIo& io);

// Returns the rows of a list for a set of keys without a home, such as the key of AUTH_PRIVATE_KEY.
std::vector<keys::KeyRow> rows_of(const tokens::KeySet& keys);

}  // namespace signet::cli
