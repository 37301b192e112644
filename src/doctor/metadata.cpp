#include "doctor/metadata.hpp"

#include "base/json.hpp"
#include "base/utf8.hpp"
#include "base/yaml.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

namespace signet::doctor {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::size_t kPathShownMax = 1000;
constexpr std::string_view kTooLarge = "makes the metadata larger than what is read";

// Carries a MetadataFault out of the recursion.
class Unreadable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

[[noreturn]] void refuse(const fs::path& file, std::string_view what) {
    throw Unreadable(to_printable(file.string(), kPathShownMax) + ' ' + std::string(what));
}

class Folder {
public:
    // Nothing outside `root` is read.
    explicit Folder(const fs::path& root) : root_(fs::canonical(root)) {}

    json::value read(const fs::path& file, std::size_t includes = 0) {
        auto read = read_yaml(load(file));
        if (const auto* const fault = std::get_if<YamlFault>(&read)) {
            refuse(file, "cannot be read: " + fault->text);
        }
        auto& value = std::get<json::value>(read);
        expand(value, file, includes);
        return std::move(value);
    }

    // Returns null if there is no such file.
    json::value read_if_there(const std::string& name) {
        std::error_code ignored;
        return fs::exists(root_ / name, ignored) ? read(root_ / name) : nullptr;
    }

private:
    std::string load(const fs::path& file) {
        std::error_code fault;
        const fs::path real = fs::canonical(file, fault);
        if (fault) {
            refuse(file, "cannot be read: " + fault.message());
        }
        const fs::path below = real.lexically_relative(root_);
        if (below.empty() || *below.begin() == "..") {
            refuse(file, "lies outside the folder of the metadata, so it is not read");
        }
        if (!fs::is_regular_file(real, fault)) {
            refuse(file, "is no regular file");
        }
        const auto size = fs::file_size(real, fault);
        if (fault || size > kMetadataBytesMax - bytes_ || ++files_ > kMetadataFilesMax) {
            refuse(file, kTooLarge);
        }
        std::ifstream in(real, std::ios::binary);
        std::string text(size, '\0');
        if (!in.read(text.data(), static_cast<std::streamsize>(size))) {
            refuse(file, "cannot be read");
        }
        bytes_ += size;
        return text;
    }

    // Puts the files in the places of their `!include PATH`.
    void expand(json::value& value, const fs::path& file, std::size_t includes) {
        if (++nodes_ > kMetadataNodesMax) {
            refuse(file, kTooLarge);
        }
        if (auto* const array = value.if_array()) {
            for (json::value& item : *array) {
                expand(item, file, includes);
            }
        } else if (auto* const object = value.if_object()) {
            for (auto& member : *object) {
                expand(member.value(), file, includes);
            }
        } else if (value.is_string() && value.get_string().starts_with(kInclude)) {
            if (includes >= kMetadataIncludeDepthMax) {
                refuse(file, "includes files that include files, too deep");
            }
            const std::string_view name(value.get_string());
            value = read(file.parent_path() / name.substr(kInclude.size()), includes + 1);
        }
    }

    fs::path root_;
    std::size_t bytes_ = 0;
    std::size_t files_ = 0;
    std::size_t nodes_ = 0;
};

// What the tables of version 2 are in version 3.
json::array one_source(json::value tables) {
    return {json::object{{"name", "default"}, {"kind", "postgres"}, {"tables", std::move(tables)}}};
}

bool holds_metadata(const fs::path& folder) {
    std::error_code ignored;
    return fs::exists(folder / "databases" / "databases.yaml", ignored) ||
           fs::exists(folder / "tables.yaml", ignored) ||
           fs::exists(folder / "version.yaml", ignored);
}

json::object read_folder(fs::path root) {
    if (!holds_metadata(root) && holds_metadata(root / "metadata")) {
        root /= "metadata";
    }
    if (!holds_metadata(root)) {
        refuse(root, "has neither databases/databases.yaml nor version.yaml");
    }
    Folder folder(root);
    json::object out;
    out["sources"] = folder.read_if_there("databases/databases.yaml");
    if (out["sources"].is_null()) {
        out["sources"] = one_source(folder.read_if_there("tables.yaml"));
    }
    for (const char* name : {"remote_schemas", "inherited_roles"}) {
        out[name] = folder.read_if_there(std::string(name) + ".yaml");
    }
    const json::value actions = folder.read_if_there("actions.yaml");
    if (const auto* const object = actions.if_object()) {
        out.insert(object->begin(), object->end());
    }
    return out;
}

// The document may stand in the answer of export_metadata.
std::variant<json::object, MetadataFault> unwrap(json::value value) {
    auto* object = value.if_object();
    if (object != nullptr) {
        if (auto* const inner = object->if_contains("metadata"); inner && inner->is_object()) {
            object = &inner->get_object();
        }
    }
    if (object == nullptr || (!object->contains("sources") && !object->contains("tables"))) {
        return MetadataFault{"it is no metadata of Hasura: there are no sources in it"};
    }
    json::object out = *object;
    if (!out.contains("sources")) {
        out["sources"] = one_source(out.at("tables"));
    }
    return out;
}

}  // namespace

std::variant<json::object, MetadataFault> read_metadata_json(const std::string& text) {
    const JsonLimits limits{
        .depth_max = 64, .members_max = 10'000, .elements_max = 100'000, .floats = true};
    auto read = read_json(text, limits);
    if (std::holds_alternative<JsonFault>(read)) {
        return MetadataFault{"it is no JSON that can be read"};
    }
    return unwrap(std::get<json::value>(std::move(read)));
}

std::variant<json::object, MetadataFault> read_metadata(const std::string& path) {
    try {
        const fs::path real = fs::canonical(path);
        if (fs::is_directory(real)) {
            return read_folder(real);
        }
        // YAML has JSON in it, but takes more than JSON.
        if (real.extension() == ".yaml" || real.extension() == ".yml") {
            return unwrap(Folder(real.parent_path()).read(real));
        }
        if (fs::file_size(real) > kMetadataBytesMax) {
            refuse(path, "is larger than what is read");
        }
        std::ifstream in(real, std::ios::binary);
        return read_metadata_json({std::istreambuf_iterator<char>(in), {}});
    } catch (const Unreadable& error) {
        return MetadataFault{error.what()};
    } catch (const fs::filesystem_error& error) {
        return MetadataFault{to_printable(path, kPathShownMax) +
                             " cannot be read: " + error.code().message()};
    }
}

}  // namespace signet::doctor
