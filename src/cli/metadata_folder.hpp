#pragma once

#include <signet/result.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace signet::cli {

// What Signet's metadata changes in a folder.
struct MetadataChange {
    std::string file;   // below the folder
    std::string where;  // such as: table public.user / select_permissions user / columns
    std::optional<std::string> before;  // JSON or GraphQL; none: it is not there yet
    std::string after;
};

// The metadata of a Hasura as its command line keeps it (configuration v3): a folder with files of
// YAML. Files that are not there count as empty.
class MetadataFolder {
public:
    // `path` is the folder, or the project with the folder `metadata` in it.
    explicit MetadataFolder(const std::filesystem::path& path);

    // Puts the document into the files, in memory. What is there stays, unless it has the name of
    // something in the document: then that is changed where it says something else. Returns the
    // changes, or invalid_input with the reason why this folder cannot take the document.
    Result<std::vector<MetadataChange>> merge(const boost::json::object& metadata);

    // Writes the files that merge() changed, each as a whole: a reader finds the old one or the new
    // one. Returns how many.
    Result<std::size_t> write() const;

    const std::filesystem::path& path() const { return path_; }

private:
    Result<boost::json::value> read(const std::string& file) const;
    Result<void> merge_file(const std::string& file, const boost::json::value& ours);
    Result<void> merge_source(const boost::json::object& source);
    // Returns the files below `folder` that the list of tables names, by the tables they track.
    Result<std::map<std::string, std::string>> find_tables(const boost::json::value& list,
                                                           const std::string& folder) const;
    Result<void> merge_schema_file(const boost::json::object& metadata);

    std::filesystem::path path_;
    std::map<std::string, std::string> changed_;  // text by file
    std::vector<MetadataChange> changes_;
};

}  // namespace signet::cli
