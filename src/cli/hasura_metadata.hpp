#pragma once

#include "cli/commands.hpp"
#include "config/config.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::cli {

// What Hasura's metadata says about Signet: tables with permissions and relationships, Actions and
// the remote schema. Nothing here calls a Hasura or a database.

inline constexpr std::string_view kUserView = "user_without_password";
inline constexpr std::string_view kUserTable = "user";

struct MetadataOrder {
    std::string table{kUserView};           // which of the two is tracked
    std::vector<std::string> roles;         // that see their own rows, beside AUTH_DEFAULT_ROLE
    std::string source = "default";         // of Hasura: the database with the tables
    std::optional<std::string> directory;   // write the metadata into this folder
    std::optional<std::string> difference;  // compare this folder with it
    bool json = false;                      // print the difference as JSON
};

// Returns a document of version 3, with what this configuration answers: Actions and the remote
// schema with AUTH_ACTION_SECRET only, Actions that send mail with AUTH_MAIL_URL only.
boost::json::object make_metadata(const config::Config& config, const MetadataOrder& order);

// `signet hasura metadata` prints the document, or writes or compares a folder. Returns kExitFailed
// if the folder differs or cannot be used.
int hasura_metadata(const config::Config& config, const MetadataOrder& order, const CommandIo& io);

}  // namespace signet::cli
