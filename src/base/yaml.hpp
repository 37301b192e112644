#pragma once

#include <boost/json/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace signet {

// Limits on what is read, whoever wrote it.
inline constexpr std::size_t kYamlBytesMax = std::size_t{8} * 1024 * 1024;
inline constexpr std::size_t kYamlDepthMax = 64;
// Of all scalars; an alias counts as what it stands for.
inline constexpr std::size_t kYamlTextsBytesMax = std::size_t{32} * 1024 * 1024;
inline constexpr std::size_t kYamlNodesMax = 1'000'000;  // an alias counts as what it stands for

// Why a text was refused as YAML, in a sentence that has the line.
struct YamlFault {
    std::string text;
};

// Returns the text, one document, as a JSON value, or the fault. A plain scalar has the type that
// it has for Hasura's command line: by the core schema of YAML 1.2 and with the numbers of Go. The
// tag of a scalar such as `!include x` becomes a part of the text, and the merge key `<<` is
// followed as in YAML 1.1, which Hasura's command line does too. An empty text is null.
std::variant<boost::json::value, YamlFault> read_yaml(std::string_view text);

// Returns YAML in blocks, with the members in their order. The same value gives the same bytes, and
// read_yaml() gives the value back.
std::string write_yaml(const boost::json::value& value);

}  // namespace signet
