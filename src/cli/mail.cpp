#include "cli/mail.hpp"

#include "base/system.hpp"
#include "cli/output.hpp"
#include "mail/sender.hpp"
#include "mail/shipped.hpp"
#include "mail/templates.hpp"
#include "mail/transport.hpp"

#include <signet/ports/mail.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <system_error>

namespace signet::cli {
namespace {

constexpr std::string_view kTestSubject = "A test of Signet's mail";
constexpr std::string_view kTestText =
    "This is a test: Signet can send mail.\n\nThese letters should be readable: Ä é ß Ω €\n\nIt "
    "was sent by `signet mail test`. There is nothing "
    "to do.\n";
constexpr std::string_view kTestHtml =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Test</title></head>\n"
    "<body><p>This is a test: Signet can send mail.</p>\n<p>These letters should be "
    "readable: Ä é ß Ω €</p>\n<p>It was sent by <code>signet mail "
    "test</code>. There is nothing to do.</p></body></html>\n";

std::string joined(const auto& names) {
    std::string out;
    for (const auto& name : names) {
        out += (out.empty() ? "" : ", ") + std::string(name);
    }
    return out;
}

}  // namespace

int mail_test(const config::Config& config, std::string_view address, const CommandIo& io) {
    if (config.mail.url.empty()) {
        io.err << "signet: AUTH_MAIL_URL is required, such as "
                  "smtp://user:password@mail.example.org:587\n";
        return kExitUnusableConfig;
    }
    if (!mail::is_mail_address(address)) {
        io.err << "signet: ADDRESS has to be an address such as ann@example.com\n";
        return kExitWrongUsage;
    }
    auto transport = mail::make_transport(config.mail.url.reveal(), config.mail.from);
    if (!transport) {
        return fail(io, transport.error());
    }
    SystemRandom random;
    const Delivery delivery = (*transport)
                                  ->send({.id = random_uuid(random),
                                          .to = std::string(address),
                                          .subject = std::string(kTestSubject),
                                          .text = std::string(kTestText),
                                          .html = std::string(kTestHtml)});
    switch (delivery.outcome) {
        case DeliveryOutcome::delivered:
            io.out << "delivered to " << shown(delivery.reason) << '\n';
            return kExitOk;
        case DeliveryOutcome::refused:
            return fail(io, "the mail is refused: " + delivery.reason);
        case DeliveryOutcome::later:
            break;
    }
    return fail(io, delivery.misconfigured
                        ? delivery.reason
                        : "not delivered now, and Signet would try again: " + delivery.reason);
}

int mail_preview(const config::Config& config, const MailPreview& preview, const CommandIo& io) {
    const auto names = mail::template_names();
    if (std::ranges::find(names, preview.name) == names.end()) {
        io.err << "signet: no mail has this name. Names: " << joined(names) << '\n';
        return kExitWrongUsage;
    }
    const auto templates = mail::Templates::load(config.mail.templates, config.tokens.issuer);
    if (!templates) {
        io.err << "signet: AUTH_MAIL_TEMPLATES: " << shown(templates.error().log_detail) << '\n';
        return kExitUnusableConfig;
    }
    const auto& languages = templates->languages();
    if (std::ranges::find(languages, preview.language) == languages.end()) {
        io.err << "signet: --language: there are no templates in it. Languages: "
               << joined(languages) << '\n';
        return kExitWrongUsage;
    }
    const auto text = templates->render(preview.name, preview.language,
                                        mail::sample_values(config.tokens.issuer, preview.name));
    if (!text) {
        return fail(io, text.error());
    }
    if (preview.html) {
        io.out << text->html;
    } else {
        io.out << "Subject: " << text->subject << "\n\n" << text->text;
    }
    return kExitOk;
}

int mail_templates(const std::string& directory, const CommandIo& io) {
    const std::filesystem::path root(directory);
    std::error_code error;
    for (const mail::ShippedFile& file : mail::shipped_files()) {
        if (std::filesystem::exists(root / file.path, error)) {
            return fail(io, (root / file.path).string() +
                                " is there already, and nothing was written: name a directory "
                                "without templates");
        }
    }
    const bool made = !std::filesystem::exists(root, error);
    for (const mail::ShippedFile& file : mail::shipped_files()) {
        const std::filesystem::path path = root / file.path;
        std::filesystem::create_directories(path.parent_path(), error);
        std::ofstream out(path, std::ios::binary);
        out << file.text;
        out.close();
        if (!out) {
            return fail(io, path.string() + " cannot be written");
        }
        // They are no secret, and the server may run as another user. A directory that was there
        // keeps the rights that it had.
        using std::filesystem::perms;
        constexpr perms kReadable =
            perms::owner_read | perms::owner_write | perms::group_read | perms::others_read;
        constexpr perms kSearchable =
            kReadable | perms::owner_exec | perms::group_exec | perms::others_exec;
        std::filesystem::permissions(path, kReadable, error);
        std::filesystem::permissions(path.parent_path(), kSearchable, error);
        if (made) {
            std::filesystem::permissions(root, kSearchable, error);
        }
    }
    io.out << "wrote " << mail::shipped_files().size() << " files below " << shown(directory)
           << "; keep those that you change, and set AUTH_MAIL_TEMPLATES to the directory\n";
    return kExitOk;
}

}  // namespace signet::cli
