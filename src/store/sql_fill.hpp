#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace signet::store {

// Where a query calls AUTH_CLAIMS_FUNCTION.
inline constexpr std::string_view kClaimsMarker = ":claims_function";

// `text` with every marker replaced by its value. What was put in is not looked at again. Values
// have to be SQL by themselves: numbers, names and literals that were quoted.
std::string fill(std::string_view text,
                 std::initializer_list<std::pair<std::string_view, std::string_view>> values);

bool calls_claims_function(std::string_view query);

}  // namespace signet::store
