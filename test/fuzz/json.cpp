#include "base/json.hpp"

#include "base/json_tree.hpp"
#include "support/fuzz.hpp"

#include <boost/json/parse.hpp>

#include <optional>
#include <variant>

namespace {

using namespace signet;
using boost::json::value;
using test::hold;

constexpr std::size_t kDepth = 32;
constexpr JsonLimits kWide{
    .depth_max = kDepth, .members_max = 4096, .elements_max = 4096, .floats = true};

std::optional<value> read(std::string_view text, const JsonLimits& limits) {
    const auto outcome = read_json(text, limits);
    const auto* found = std::get_if<value>(&outcome);
    return found == nullptr ? std::nullopt : std::optional(*found);
}

void run(std::string_view input) {
    const auto wide = read(input, kWide);
    const auto strict = read(input, JsonLimits{});
    hold(!strict || wide == strict, "narrow limits take nothing that wide ones refuse");
    if (!wide) {
        return;
    }
    boost::system::error_code error;
    hold(boost::json::parse(input, error) == *wide && !error, "Boost.JSON reads the same");
    const auto tree = read_json_tree(input, kDepth);
    hold(tree.has_value(), "the reader of trees refuses nothing that is taken here");
    hold(read(write_json(*tree), kWide) == wide, "a tree keeps what it was read from");
}

const test::FuzzRegistration kTarget("json", run);

}  // namespace
