#include "base/json_filter.hpp"

#include "base/json.hpp"
#include "support/fuzz.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <variant>

namespace {

using namespace signet;
using boost::json::object;
using boost::json::value;
using test::hold;

constexpr const char* kMember = "headers";
constexpr JsonLimits kWide{
    .depth_max = 32, .members_max = 4096, .elements_max = 4096, .floats = true};

std::string filter(std::string_view text, std::size_t piece_bytes) {
    JsonFilter filter(kMember);
    std::string kept;
    while (!text.empty()) {
        const std::string_view piece = text.substr(0, piece_bytes);
        const std::size_t before = kept.size();
        filter.feed(piece, kept);
        hold(kept.size() - before <= JsonFilter::kept_bytes_max(piece.size()),
             "no piece makes more bytes than the bound says");
        text.remove_prefix(piece.size());
    }
    return kept;
}

std::optional<object> read(std::string_view text) {
    const auto outcome = read_json(text, kWide);
    const auto* found = std::get_if<value>(&outcome);
    return found != nullptr && found->is_object() ? std::optional(found->get_object())
                                                  : std::nullopt;
}

// A name that is spelt with escapes is kept with its value.
bool agrees(const object::value_type& kept, const object::value_type& read) {
    return kept.key() == read.key() &&
           (kept.value() == read.value() || (kept.value().is_null() && read.key() != kMember));
}

void run(std::string_view input) {
    const std::string kept = filter(input, input.size());
    hold(filter(input, 1) == kept && filter(input, 3) == kept, "pieces change nothing");
    const auto part = read(kept);
    if (const auto whole = read(input)) {
        hold(part && std::ranges::equal(*part, *whole, agrees),
             "of a JSON object the member is kept, and the names of the others");
    }
    // Boost.JSON alone takes names that come twice, and the last one wins.
    boost::system::error_code error;
    const value loose = boost::json::parse(input, error);
    if (part && !error) {
        hold(loose.is_object() && std::ranges::equal(*part, loose.get_object(), agrees),
             "nothing is kept of which there are two");
    }
}

const test::FuzzRegistration kTarget("json_filter", run);

}  // namespace
