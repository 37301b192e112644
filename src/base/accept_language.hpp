#pragma once

#include <span>
#include <string>
#include <string_view>

namespace signet {

// Returns the one of `available` that fits best to an Accept-Language header, and `en` where none
// does. The lookup is that of RFC 4647 section 3.4: de-CH also finds de.
std::string choose_language(std::string_view accept_language,
                            std::span<const std::string> available);

}  // namespace signet
