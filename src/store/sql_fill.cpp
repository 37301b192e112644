#include "store/sql_fill.hpp"

#include "store/function_name.hpp"

#include <algorithm>

namespace signet::store {
namespace {

constexpr std::string_view kClaimsMarker = ":claims_function";

}  // namespace

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

SqlNames::SqlNames(const ConnectionOptions& options)
    : accounts_(quote_identifier(options.schema)),
      accounts_text_(quote_literal(options.schema)),
      claims_function_(claims_call(options.claims_function, options.schema)),
      claims_signature_(
          options.claims_function.empty() ? "null" : quote_literal(claims_function_ + "(uuid)")),
      other_role_(options.other_role.empty() ? "null" : quote_literal(options.other_role)),
      owner_role_(!options.service_dsn.empty() || options.other_role.empty() ? "current_user"
                                                                             : other_role_) {}

std::string SqlNames::put_into(std::string_view text, bool everything) const {
    return fill(text, {{":accounts_text", accounts_text_},
                       {":accounts", accounts_},
                       {kClaimsMarker, claims_function_},
                       {":claims_signature", claims_signature_},
                       {":other_role", other_role_},
                       {":owner_role", owner_role_},
                       {":everything", everything ? "true" : "false"}});
}

}  // namespace signet::store
