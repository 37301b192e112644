#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::cli {

// Actions as GraphQL, as the file actions.graphql of Hasura's command line has them.

struct SchemaDefinition {
    std::string name;  // `type SignetUser`, or of an action `Mutation.signetLogin`
    std::string text;  // complete, with a line feed at the end
};

// Returns the definitions of the actions and custom types of a metadata document of version 3.
std::vector<SchemaDefinition> action_schema(const boost::json::object& metadata);

// A definition that the file lacks or has otherwise.
struct SchemaChange {
    std::string name;
    std::optional<std::string>
        before;  // without comments, blanks and descriptions; none: it is new
    std::string after;
};

// Puts the definitions into `schema`: one that is there and says something else is replaced where
// it stands, one that is not there comes to the end. Nothing else is touched. Returns the changes.
std::vector<SchemaChange> merge_schema(std::string& schema,
                                       const std::vector<SchemaDefinition>& definitions);

}  // namespace signet::cli
