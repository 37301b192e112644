#pragma once

#include <boost/json/object.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace signet::doctor {

// What stands before the name of a file that is a value of a YAML file of the metadata.
inline constexpr std::string_view kInclude = "!include ";

// Of all files of the metadata together, whatever includes what; what is read twice counts twice.
inline constexpr std::size_t kMetadataBytesMax = std::size_t{32} * 1024 * 1024;
inline constexpr std::size_t kMetadataFilesMax = 10'000;
inline constexpr std::size_t kMetadataNodesMax = 2'000'000;
inline constexpr std::size_t kMetadataIncludeDepthMax = 8;

// Why metadata cannot be read, in a sentence that names the file.
struct MetadataFault {
    std::string text;
};

// Returns a Hasura's metadata in the form of version 3: `sources`, `actions`, `custom_types`,
// `remote_schemas`, `inherited_roles`. The path is a folder of the Hasura CLI (its project, or
// `metadata` in it; of configuration v3 or v2), or a JSON or YAML file with the document, which may
// be an answer of export_metadata. `!include` is followed within the folder only.
std::variant<boost::json::object, MetadataFault> read_metadata(const std::string& path);

// Returns the same of JSON text, such as the answer of export_metadata.
std::variant<boost::json::object, MetadataFault> read_metadata_json(const std::string& text);

}  // namespace signet::doctor
