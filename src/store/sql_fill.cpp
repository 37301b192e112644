#include "store/sql_fill.hpp"

#include <algorithm>

namespace signet::store {

std::string fill(std::string_view text,
                 std::initializer_list<std::pair<std::string_view, std::string_view>> values) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto* const found =
            std::find_if(values.begin(), values.end(),
                         [&](const auto& value) { return text.starts_with(value.first); });
        if (found == values.end()) {
            out += text.front();
            text.remove_prefix(1);
        } else {
            out += found->second;
            text.remove_prefix(found->first.size());
        }
    }
    return out;
}

bool calls_claims_function(std::string_view query) {
    return query.find(kClaimsMarker) != std::string_view::npos;
}

}  // namespace signet::store
