#pragma once

#include <signet/domain/text.hpp>
#include <signet/domain/uuid.hpp>
#include <signet/result.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet {

// A user as another service knows it, unchecked. What the source does not know is empty.
struct ForeignUser {
    std::optional<std::string> id;  // a UUID
    std::optional<std::string> username;
    std::optional<std::string> email;
    bool email_verified = false;
    std::string password_hash;  // empty: no password
    bool active = true;
    std::optional<std::string> default_role;
    std::vector<std::string> roles;
    std::string metadata;  // the JSON text of an object; empty: {}
    std::optional<std::int64_t> created_at_s;
};

// What stands in one place of a source.
struct SourceRow {
    std::uint64_t number = 0;  // the line of a file, or how many rows came until here
    ForeignUser user;
    std::string fault;  // why the place cannot be read as a user; empty: it can
};

// Reads users one after the other, in bounded memory. An object belongs to one thread.
class UserSource {
public:
    virtual ~UserSource() = default;
    // Returns the next row, or nothing at the end. After an error there is no next one.
    virtual Result<std::optional<SourceRow>> next() = 0;
};

// A user that may be imported if its id and its names are free.
struct ImportedUser {
    UserId id;
    bool has_id = false;  // whether the source gave the id, or it was made up for this row
    std::optional<Text> username;
    std::optional<Text> email;
    bool email_proven = false;
    Text password_hash;  // empty: no password
    bool active = true;
    std::optional<Text> default_role;
    std::vector<Text> roles;  // that are there
    Text metadata;            // the JSON text of an object
    std::optional<std::int64_t> created_at_s;
};

// What becomes of an imported user. A name is taken if another user has it as a username or as an
// e-mail address, without regard to ASCII case.
enum class ImportOutcome : std::uint8_t {
    added,
    there_already,  // with the same names, and the same id or, where the source has none, password
    id_taken,
    username_taken,
    email_taken,
    refused,  // by a rule of the table itself
};
struct ImportVerdict {
    ImportOutcome outcome = ImportOutcome::added;
    std::string detail = {};  // of refused
};

// Adds users in bulk. An object belongs to one thread, with the errors of AccountStore.
class UserImport {
public:
    virtual ~UserImport() = default;
    // Tells what add() would do with each of them. Changes nothing.
    virtual Result<std::vector<ImportVerdict>> look(std::span<const ImportedUser> users) = 0;
    // Adds those that can be, with their roles, and an audit row with `detail`, in one transaction,
    // and tells what became of each. No two of them may have a name or an id in common. Writes no
    // event and no mail. Where the table refuses a row, the others go in by several transactions.
    virtual Result<std::vector<ImportVerdict>> add(std::span<const ImportedUser> users,
                                                   std::string_view source,
                                                   std::string_view detail) = 0;
};

}  // namespace signet
