#pragma once

#include "cli/commands.hpp"
#include "config/config.hpp"

#include <string>
#include <string_view>

namespace signet::cli {

// Commands that send and show mails. They return the exit code of the process.

// `signet mail test` sends a mail to the address, by the configured way, and prints what the server
// said. kExitUnusableConfig if no way is configured.
int mail_test(const config::Config& config, std::string_view address, const CommandIo& io);

struct MailPreview {
    std::string name;
    std::string language = "en";
    bool html = false;
};

// `signet mail preview` prints the text of a mail with sample values, or its HTML.
// kExitUnusableConfig if a template of AUTH_MAIL_TEMPLATES is wrong.
int mail_preview(const config::Config& config, const MailPreview& preview, const CommandIo& io);

// `signet mail templates` writes the templates that ship into the directory, all or none: it
// changes no file that is there.
int mail_templates(const std::string& directory, const CommandIo& io);

}  // namespace signet::cli
