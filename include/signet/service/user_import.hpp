#pragma once

#include <signet/domain/role.hpp>
#include <signet/ports/accounts.hpp>
#include <signet/ports/system.hpp>
#include <signet/ports/user_import.hpp>
#include <signet/result.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace signet {

inline constexpr std::size_t kImportBatch =
    500;  // users in one transaction, which signups wait for
inline constexpr std::size_t kImportMetadataBytesMax = 64UL * 1024;  // of one user
inline constexpr std::size_t kImportUsernameCodePointsMax = 255;     // of an adopted varchar(255)
inline constexpr std::size_t kImportRolesMax = 100'000;              // different ones

struct ImportOrder {
    std::string source;         // what the audit calls the source; no secret
    bool dry_run = false;       // only tell what would happen
    bool create_roles = false;  // create roles that are missing
};

struct ImportTotals {
    std::uint64_t rows = 0;
    std::uint64_t imported = 0;  // or would be
    std::uint64_t there_already = 0;
    std::uint64_t skipped = 0;
    std::map<std::string, std::uint64_t> reasons;  // of those that were skipped, by code
};

// A row that was not imported, and why.
struct SkippedRow {
    std::uint64_t number = 0;
    std::string name;    // the username, or else the e-mail address, or else the id; unchecked
    std::string code;    // kebab-case
    std::string reason;  // a sentence without any part of a password hash
};

struct ImportPorts {
    UserImport& users;
    RoleAdmin& roles;
    // Says why a stored hash could never be verified, in a sentence that holds no part of it.
    std::function<std::optional<std::string>(std::string_view)> hash_fault;
    Random& random;
};

struct ImportWatch {
    std::function<void(const SkippedRow&)> on_skipped;
    std::function<void(const ImportTotals&)> on_progress;  // after each transaction
};

// Takes every user of the source that can be taken, kImportBatch in one transaction. A user who is
// there already stays as it is, so that an import that was interrupted can be started again and
// goes on where it stopped. Names need not follow the rules for new ones, but have to be free and
// must not look like an id. A role that is missing is created with create_roles only, `admin` never
// unless the policy allows it, and AUTH_DEFAULT_ROLE always, as at a signup. A dry run remembers a
// few bytes for each row. The errors are those of the source and of the store.
Result<ImportTotals> import_users(UserSource& source, const ImportOrder& order,
                                  const ImportPorts& ports, const RolePolicy& policy,
                                  const ImportWatch& watch);

}  // namespace signet
