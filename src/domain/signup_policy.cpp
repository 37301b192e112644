#include "base/ascii.hpp"

#include <signet/domain/signup_policy.hpp>
#include <signet/domain/user.hpp>

#include <algorithm>

namespace signet {
namespace {

bool matches(std::string_view domain, std::string_view pattern) {
    if (!pattern.starts_with('*')) {
        return equal_ignoring_case(domain, pattern);
    }
    const std::string_view ending = pattern.substr(1);  // with its dot
    return domain.size() > ending.size() &&
           equal_ignoring_case(domain.substr(domain.size() - ending.size()), ending);
}

bool any_matches(const std::vector<std::string>& patterns, std::string_view domain) {
    return std::ranges::any_of(
        patterns, [domain](const std::string& pattern) { return matches(domain, pattern); });
}

}  // namespace

bool is_domain_pattern(std::string_view text) {
    const std::string_view domain = text.starts_with("*.") ? text.substr(2) : text;
    return new_email("a@" + std::string(domain)).has_value();
}

bool takes_domain_of(std::string_view email, const SignupPolicy& policy) {
    const std::string_view domain = email.substr(email.rfind('@') + 1);
    return !any_matches(policy.blocked_domains, domain) &&
           (policy.domains.empty() || any_matches(policy.domains, domain));
}

}  // namespace signet
