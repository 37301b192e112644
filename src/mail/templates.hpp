#pragma once

#include <signet/ports/mail.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::mail {

// The names of all templates.
std::vector<std::string_view> template_names();

// Values with which the template of this name can be looked at.
MailValues sample_values(std::string_view issuer, std::string_view name);

// The templates that ship with Signet, and those of an operator's directory in place of them, file
// by file. They are read once.
class Templates final : public MailTemplates {
public:
    // Reads and checks all templates. An empty `directory` means only those that ship. `issuer` is
    // the URL of Signet, which texts name. The detail of the error names the file and what is wrong
    // with it; its code is invalid_input. To be called before threads start, because ctemplate
    // writes its complaints to std::cerr, from where they are taken.
    static Result<Templates> load(const std::string& directory, std::string_view issuer);

    Templates(Templates&&) noexcept;
    Templates& operator=(Templates&&) noexcept;
    ~Templates() override;

    Result<MailText> render(std::string_view name, std::string_view language,
                            const MailValues& values) const override;
    std::string choose_language(std::string_view accept_language) const override;
    const std::vector<std::string>& languages() const { return languages_; }

private:
    class Parsed;
    // Of a path such as en/reset-password.txt. Operators may add languages, in which some are
    // missing.
    using Files = std::map<std::string, std::unique_ptr<const Parsed>, std::less<>>;

    Templates();
    const Parsed* find(std::string_view language, std::string_view file) const;
    std::optional<std::string> fault_of(std::string_view language, std::string_view name) const;
    MailText fill_in(std::string_view language, std::string_view name,
                     const MailValues& values) const;
    std::string duration_text(std::string_view language, std::string_view seconds) const;

    Files files_;
    std::vector<std::string> languages_;
    std::string issuer_;
};

}  // namespace signet::mail
