#include "cli/metadata_folder.hpp"

#include "base/ascii.hpp"
#include "base/file_guard.hpp"
#include "base/yaml.hpp"
#include "cli/action_schema.hpp"
#include "doctor/metadata.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

namespace json = boost::json;
namespace fs = std::filesystem;

namespace signet::cli {
namespace {

using doctor::kInclude;

constexpr const char* kVersionFile = "version.yaml";
constexpr const char* kSourcesFile = "databases/databases.yaml";
constexpr const char* kSchemaFile = "actions.graphql";

Error unusable(const fs::path& file, std::string_view why) {
    return {Errc::invalid_input, file.string() + ": " + std::string(why)};
}

// Returns what an element of a list is called, or nothing if it has no name.
std::string name_of(const json::value& element) {
    const json::object* const object = element.if_object();
    if (object == nullptr) {
        return {};
    }
    for (const char* member : {"name", "role"}) {
        const json::value* const value = object->if_contains(member);
        if (value != nullptr && value->is_string()) {
            return std::string(value->get_string());
        }
    }
    return {};
}

// Returns a place below another one, in words.
std::string below(const std::string& where, std::string_view separator, std::string_view name) {
    std::string out = where;
    out.append(where.empty() ? "" : separator).append(name);
    return out;
}

bool is_scalar(const json::value& value) {
    return !value.is_object() && !value.is_array();
}

// Tells whether both are lists of the same texts, in any order.
bool same_set(const json::array& left, const json::array& right) {
    const auto has = [](const json::array& all) {
        return [&all](const json::value& one) {
            return is_scalar(one) && std::ranges::find(all, one) != all.end();
        };
    };
    return left.size() == right.size() && std::ranges::all_of(left, has(right));
}

bool is_header(const json::object& element) {
    return element.contains("value") || element.contains("value_from_env");
}

// Tells whether an element of a list is called `name`, the name of `ours`. A header is called so in
// any case of its letters.
bool is_called(const json::value& element, const std::string& name, const json::value& ours) {
    const std::string other = name_of(element);
    return ours.is_object() && is_header(ours.get_object()) ? to_lower(other) == to_lower(name)
                                                            : other == name;
}

// The other way to say what a member says, which Hasura does not take beside it.
std::string_view alternative(std::string_view member) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kPairs{
        {{"url", "url_from_env"}, {"value", "value_from_env"}}};
    for (const auto& [one, other] : kPairs) {
        if (member == one || member == other) {
            return member == one ? other : one;
        }
    }
    return {};
}

// A part of one of these, beside a part of another, would mean something else than either.
bool is_whole(std::string_view member) {
    return member == "filter" || member == "column_mapping";
}

bool is_by_foreign_key(const json::value& relationship) {
    return relationship.is_object() &&
           relationship.get_object().contains("foreign_key_constraint_on");
}

class Merger {
public:
    Merger(std::string file, std::vector<MetadataChange>& changes)
        : file_(std::move(file)), changes_(changes) {}

    void merge(json::value& theirs, const json::value& ours, const std::string& where) {
        if (theirs.is_object() && ours.is_object()) {
            merge_members(theirs.get_object(), ours.get_object(), where);
        } else if (theirs.is_array() && ours.is_array() && !ours.get_array().empty() &&
                   !name_of(ours.get_array().front()).empty()) {
            merge_named(theirs.get_array(), ours.get_array(), where);
        } else if (theirs.is_array() && ours.is_array() &&
                   (ours.get_array().empty() || same_set(theirs.get_array(), ours.get_array()))) {
            return;
        } else if (theirs != ours) {
            note(where, json::serialize(theirs), ours);
            theirs = ours;
        }
    }

    // Adds the texts that are missing.
    void add_texts(json::array& theirs, const json::array& ours, const std::string& where) {
        for (const json::value& text : ours) {
            if (std::ranges::find(theirs, text) == theirs.end()) {
                note(where, std::nullopt, text);
                theirs.push_back(text);
            }
        }
    }

private:
    void merge_members(json::object& theirs, const json::object& ours, const std::string& where) {
        for (const auto& [key, value] : ours) {
            const std::string name(key);
            const std::string place = below(where, " / ", name);
            if (const auto other = alternative(name); !other.empty() && theirs.contains(other)) {
                note(below(where, " / ", other), json::serialize(theirs.at(other)), nullptr);
                theirs.erase(other);
            }
            json::value* const there = theirs.if_contains(key);
            const bool named = value.is_array() && !value.get_array().empty() &&
                               !name_of(value.get_array().front()).empty();
            if (there == nullptr && named) {
                merge_named(theirs[key].emplace_array(), value.get_array(), place);
            } else if (there == nullptr) {
                // Hasura leaves out what is false or empty.
                if (value != json::value(false) && value != json::value(json::array())) {
                    note(place, std::nullopt, value);
                }
                theirs[key] = value;
            } else if (is_whole(name)) {
                if (*there != value) {
                    note(place, json::serialize(*there), value);
                    *there = value;
                }
            } else if (name == "using" && is_by_foreign_key(*there)) {
                continue;                          // the same relationship, said otherwise
            } else if (name != "configuration") {  // how it is called and connected is their choice
                merge(*there, value, place);
            }
        }
    }

    void merge_named(json::array& theirs, const json::array& ours, const std::string& where) {
        for (const json::value& element : ours) {
            const std::string name = name_of(element);
            const std::string place = below(where, " ", name);
            auto* const there =
                std::ranges::find_if(theirs, [&name, &element](const json::value& other) {
                    return is_called(other, name, element);
                });
            if (there == theirs.end()) {
                note(place, std::nullopt, element);
                theirs.push_back(element);
            } else {
                merge(*there, element, place);
            }
        }
    }

    void note(const std::string& where, std::optional<std::string> before,
              const json::value& after) {
        changes_.push_back({file_, where, std::move(before), json::serialize(after)});
    }

    std::string file_;
    std::vector<MetadataChange>& changes_;
};

// The name of a table, which may become a part of the name of a file.
std::string table_name(const json::value& entry) {
    const json::object& table = entry.at("table").as_object();
    return std::string(table.at("schema").as_string()) + '.' +
           std::string(table.at("name").as_string());
}

std::string file_name(const json::value& entry) {
    std::string name = table_name(entry);
    std::ranges::replace(name, '.', '_');
    std::ranges::replace(name, '/', '_');
    return name + ".yaml";
}

// Takes from each action what stands in actions.graphql instead, and from each type all but its
// name.
json::object actions_file(const json::object& metadata) {
    json::array actions;
    for (const json::value& action : metadata.at("actions").as_array()) {
        json::value entry = action;
        json::object& definition = entry.at("definition").as_object();
        for (const char* member : {"type", "arguments", "output_type"}) {
            definition.erase(member);
        }
        actions.push_back(std::move(entry));
    }
    json::object types{{"enums", json::array()},
                       {"input_objects", json::array()},
                       {"objects", json::array()},
                       {"scalars", json::array()}};
    for (const json::value& type : metadata.at("custom_types").at("objects").as_array()) {
        types["objects"].as_array().push_back(json::object{{"name", type.at("name")}});
    }
    return {{"actions", std::move(actions)}, {"custom_types", std::move(types)}};
}

std::optional<std::string> read_text(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) {
        return std::nullopt;
    }
    std::string text(kYamlBytesMax + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
}

// Others may write to the folder, too, and may have put a link where the new file goes: what is
// there is removed, and a new file is made.
Result<void> write_whole(const fs::path& file, const std::string& text) {
    constexpr mode_t kMode = 0666;  // less the umask
    std::error_code error;
    fs::create_directories(file.parent_path(), error);
    const fs::path beside = file.string() + ".signet-new";
    fs::remove(beside, error);
    const OwnedFd out(
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kMode));
    if (!out.valid() || !write_all(out.get(), text) || ::fsync(out.get()) != 0 ||
        ::rename(beside.c_str(), file.c_str()) != 0) {
        const std::string why = std::generic_category().message(errno);
        fs::remove(beside, error);
        return unusable(file, "it cannot be written: " + why);
    }
    return {};
}

// Returns the name of the table that a file tracks, `schema.name`, or nothing.
std::string tracked_name(const json::value& file) {
    const auto* const entry = file.if_object();
    const auto* const table = entry == nullptr ? nullptr : entry->if_contains("table");
    if (table == nullptr) {
        return {};
    }
    if (table->is_string()) {
        return "public." + std::string(table->get_string());
    }
    const auto* const names = table->if_object();
    const auto* const name = names == nullptr ? nullptr : names->if_contains("name");
    const auto* const schema = names == nullptr ? nullptr : names->if_contains("schema");
    if (name == nullptr || !name->is_string()) {
        return {};
    }
    return (schema != nullptr && schema->is_string() ? std::string(schema->get_string())
                                                     : std::string("public")) +
           '.' + std::string(name->get_string());
}

}  // namespace

MetadataFolder::MetadataFolder(const fs::path& path) : path_(path) {
    std::error_code ignored;
    if (!fs::exists(path / kVersionFile, ignored) &&
        fs::exists(path / "metadata" / kVersionFile, ignored)) {
        path_ = path / "metadata";
    }
}

Result<json::value> MetadataFolder::read(const std::string& file) const {
    const auto text = read_text(path_ / file);
    if (!text) {
        std::error_code ignored;
        if (fs::exists(path_ / file, ignored)) {
            return unusable(path_ / file, "it cannot be read");
        }
        return json::value(nullptr);
    }
    auto read = read_yaml(*text);
    if (const auto* const fault = std::get_if<YamlFault>(&read)) {
        return unusable(path_ / file, fault->text);
    }
    return std::get<json::value>(std::move(read));
}

Result<void> MetadataFolder::merge_file(const std::string& file, const json::value& ours) {
    auto theirs = read(file);
    if (!theirs) {
        return theirs.error();
    }
    if (theirs->is_null()) {
        *theirs = ours.is_array() ? json::value(json::array()) : json::value(json::object());
    }
    if (theirs->kind() != ours.kind()) {
        return unusable(path_ / file,
                        "it does not have the form that Hasura's command line writes");
    }
    const std::size_t before = changes_.size();
    Merger merger(file, changes_);
    if (ours.is_array() && ours.get_array().front().is_string()) {
        merger.add_texts(theirs->get_array(), ours.get_array(), "include");
    } else {
        merger.merge(*theirs, ours, ours.is_array() ? fs::path(file).stem().string() : "");
    }
    if (changes_.size() > before) {
        changed_[file] = write_yaml(*theirs);
    }
    return {};
}

Result<void> MetadataFolder::merge_source(const json::object& source) {
    const std::string name(source.at("name").as_string());
    const std::string tables = name + "/tables/";
    const std::string include = std::string(kInclude) + tables + "tables.yaml";
    const auto sources = read(kSourcesFile);
    if (!sources) {
        return sources.error();
    }
    if (const auto* const list = sources->if_array()) {
        const auto* const there = std::ranges::find(*list, name, &name_of);
        const auto* const listed =
            there == list->end() ? nullptr : there->get_object().if_contains("tables");
        if (there != list->end() && (listed == nullptr || *listed != json::value(include))) {
            return unusable(path_ / kSourcesFile,
                            "the tables of " + name + " are not in " + tables +
                                "tables.yaml: let `hasura metadata export` write the folder first");
        }
    }
    json::object entry = source;
    entry["tables"] = include;
    if (auto merged = merge_file(kSourcesFile, json::array{entry}); !merged) {
        return merged;
    }
    const std::string list_file = "databases/" + tables + "tables.yaml";
    const auto list = read(list_file);
    if (!list) {
        return list.error();
    }
    auto tracked = find_tables(*list, "databases/" + tables);
    if (!tracked) {
        return tracked.error();
    }
    json::array includes;
    for (const json::value& table : source.at("tables").as_array()) {
        const auto* const configured = table.as_object().if_contains("configuration");
        if (configured != nullptr) {
            const std::string other(configured->at("custom_name").as_string());
            const std::string schema(table.at("table").at("schema").as_string());
            if (tracked->contains(below(schema, ".", other))) {
                return unusable(path_ / list_file, "it tracks the table " + other +
                                                       " under the name that Signet's view "
                                                       "gets: untrack it, or use --table user");
            }
        }
        const auto [place, added] = tracked->try_emplace(table_name(table), file_name(table));
        includes.emplace_back(std::string(kInclude) + place->second);
    }
    if (auto merged = merge_file(list_file, includes); !merged) {
        return merged;
    }
    const std::string folder = "databases/" + tables;
    for (const json::value& table : source.at("tables").as_array()) {
        if (auto merged = merge_file(folder + tracked->at(table_name(table)), table); !merged) {
            return merged;
        }
    }
    return {};
}

Result<std::map<std::string, std::string>> MetadataFolder::find_tables(
    const json::value& list, const std::string& folder) const {
    std::map<std::string, std::string> out;
    const auto* const entries = list.if_array();
    for (const json::value& entry : entries == nullptr ? json::array() : *entries) {
        if (!entry.is_string()) {
            return unusable(path_ / (folder + "tables.yaml"),
                            "it holds tables itself and not the names of files: "
                            "let `hasura metadata export` write the folder first");
        }
        std::string file(entry.get_string());
        if (!file.starts_with(kInclude)) {
            continue;
        }
        file.erase(0, std::string_view(kInclude).size());
        std::error_code ignored;
        const fs::path below = fs::weakly_canonical(path_ / (folder + file), ignored)
                                   .lexically_relative(fs::weakly_canonical(path_, ignored));
        if (below.empty() || *below.begin() == "..") {
            return unusable(path_ / (folder + "tables.yaml"),
                            "it includes " + file + ", which is not in the folder");
        }
        const auto content = read(folder + file);
        if (!content) {
            return content.error();
        }
        if (const std::string name = tracked_name(*content); !name.empty()) {
            out.emplace(name, file);
        }
    }
    return out;
}

Result<void> MetadataFolder::merge_schema_file(const json::object& metadata) {
    std::string schema = read_text(path_ / kSchemaFile).value_or("");
    if (schema.size() > kYamlBytesMax) {
        return unusable(path_ / kSchemaFile, "it is larger than what is read");
    }
    const auto changes = merge_schema(schema, action_schema(metadata));
    for (const SchemaChange& change : changes) {
        changes_.push_back({kSchemaFile, change.name, change.before, change.after});
    }
    if (!changes.empty()) {
        changed_[kSchemaFile] = std::move(schema);
    }
    return {};
}

Result<std::vector<MetadataChange>> MetadataFolder::merge(const json::object& metadata) {
    changed_.clear();
    changes_.clear();
    auto version = read(kVersionFile);
    if (!version) {
        return version.error();
    }
    const json::object wanted{{"version", 3}};
    if (!version->is_null() && *version != json::value(wanted)) {
        return unusable(
            path_ / kVersionFile,
            "only version 3 is understood: `hasura scripts update-project-v3` makes it");
    }
    std::vector<std::pair<std::string, json::value>> files{{kVersionFile, wanted}};
    if (metadata.contains("actions")) {
        files.emplace_back("actions.yaml", actions_file(metadata));
    }
    if (metadata.contains("remote_schemas")) {
        files.emplace_back("remote_schemas.yaml", metadata.at("remote_schemas"));
    }
    for (const auto& [file, content] : files) {
        if (auto merged = merge_file(file, content); !merged) {
            return merged.error();
        }
    }
    for (const json::value& source : metadata.at("sources").as_array()) {
        if (auto merged = merge_source(source.as_object()); !merged) {
            return merged.error();
        }
    }
    if (auto merged = merge_schema_file(metadata); !merged) {
        return merged.error();
    }
    return changes_;
}

Result<std::size_t> MetadataFolder::write() const {
    for (const auto& [file, text] : changed_) {
        if (auto written = write_whole(path_ / file, text); !written) {
            return written.error();
        }
    }
    return changed_.size();
}

}  // namespace signet::cli
