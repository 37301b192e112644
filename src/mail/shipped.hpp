#pragma once

#include <span>
#include <string_view>

namespace signet::mail {

// A file of templates/mail, as it was when Signet was built.
struct ShippedFile {
    std::string_view path;  // such as en/reset-password.txt
    std::string_view text;
};

// In the order of their paths.
std::span<const ShippedFile> shipped_files();

}  // namespace signet::mail
