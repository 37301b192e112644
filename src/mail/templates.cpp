#include "mail/templates.hpp"

#include "base/accept_language.hpp"
#include "base/ascii.hpp"
#include "base/file_guard.hpp"
#include "base/url.hpp"
#include "base/utf8.hpp"
#include "mail/shipped.hpp"

#include <signet/domain/text.hpp>

#include <ctemplate/template.h>
#include <dirent.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

namespace signet::mail {
namespace {

constexpr std::string_view kEnglish = "en";
constexpr std::string_view kSubject = "Subject: ";
constexpr std::size_t kValueBytesMax = 16 * 1024;
constexpr std::size_t kSubjectBytesMax = 1024;

// What a placeholder is called in a template, and where its text comes from.
struct Placeholder {
    std::string_view name;
    std::string_view value;
};
constexpr std::array<Placeholder, 6> kPlaceholders{{{"ADDRESS", "address"},
                                                    {"USERNAME", "username"},
                                                    {"LINK", "link"},
                                                    {"CODE", "code"},
                                                    {"NEW_ADDRESS", "newAddress"},
                                                    {"HOLDS", "holds"}}};
// These every template may have.
constexpr std::array<std::string_view, 4> kCommon{"ADDRESS", "USERNAME", "ISSUER", "SERVICE"};

// One mail. `essential` is what it cannot do without.
struct Kind {
    std::string_view name;
    std::string_view essential;
    std::array<std::string_view, 3> further;
};
constexpr std::array<Kind, 12> kKinds{{
    {"verify-email", "LINK", {"HOLDS"}},
    {"reset-password", "LINK", {"HOLDS"}},
    {"change-email", "LINK", {"HOLDS", "NEW_ADDRESS"}},
    {"sign-in-link", "LINK", {"HOLDS"}},
    {"sign-in-code", "CODE", {"HOLDS"}},
    {"invitation", "LINK", {"HOLDS"}},
    {"account-exists", "", {"LINK"}},
    {"username-taken", "USERNAME", {"LINK"}},
    {"password-changed", "", {"LINK"}},
    {"address-changed", "NEW_ADDRESS", {"LINK"}},
    {"address-set", "", {"NEW_ADDRESS"}},
    {"refresh-token-reused", "", {"LINK"}},
}};

// The page around every HTML text, and what it may show.
constexpr std::string_view kLayout = "layout.html";
constexpr std::array<std::string_view, 4> kLayoutPlaceholders{"BODY", "SUBJECT", "ISSUER",
                                                              "SERVICE"};

// The file that says a duration in the words of its language. One of its placeholders is given, of
// which those of one are without a number.
constexpr std::string_view kDuration = "duration.txt";
struct Unit {
    std::int64_t seconds;
    std::string_view one;
    std::string_view many;
};
constexpr std::array<Unit, 4> kUnits{{{86400, "DAY", "DAYS"},
                                      {3600, "HOUR", "HOURS"},
                                      {60, "MINUTE", "MINUTES"},
                                      {1, "SECOND", "SECONDS"}}};

Error fault(std::string detail) {
    return {Errc::invalid_input, std::move(detail)};
}

const Kind* find_kind(std::string_view name) {
    const auto* const kind = std::ranges::find(kKinds, name, &Kind::name);
    return kind == kKinds.end() ? nullptr : kind;
}

bool is_language(std::string_view text) {
    const std::size_t primary = std::min(text.find('-'), text.size());
    return primary >= 2 && primary <= 3 &&
           std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

std::string path_of(std::string_view language, std::string_view file) {
    return std::string(language) + '/' + std::string(file);
}

std::string with_ending(std::string_view name, std::string_view ending) {
    return std::string(name) + std::string(ending);
}

// Returns what may stand in a file, or nothing if there is no template of this name.
std::optional<std::vector<std::string_view>> allowed_in(std::string_view file) {
    std::vector<std::string_view> names;
    if (file == kLayout) {
        names.assign(kLayoutPlaceholders.begin(), kLayoutPlaceholders.end());
        return names;
    }
    if (file == kDuration) {
        for (const Unit& unit : kUnits) {
            names.push_back(unit.one);
            names.push_back(unit.many);
        }
        return names;
    }
    const std::size_t dot = file.rfind('.');
    const Kind* const kind = find_kind(file.substr(0, dot));
    if (kind == nullptr) {
        return std::nullopt;
    }
    names.assign(kCommon.begin(), kCommon.end());
    names.push_back(kind->essential);
    names.insert(names.end(), kind->further.begin(), kind->further.end());
    return names;
}

// Collects what is written to std::cerr meanwhile.
class Complaints {
public:
    Complaints() : usual_(std::cerr.rdbuf(text_.rdbuf())) {}
    ~Complaints() { std::cerr.rdbuf(usual_); }
    Complaints(const Complaints&) = delete;
    Complaints& operator=(const Complaints&) = delete;

    // Returns the first complaint, without ctemplate's name of the template, which is empty.
    std::string first() const {
        std::string_view text = text_.view();
        text = text.substr(0, text.find('\n'));
        constexpr std::string_view kHead = "ERROR: Template : ERROR: ";
        text.remove_prefix(text.starts_with(kHead) ? kHead.size() : 0);
        return to_printable(text, 200);
    }

private:
    std::ostringstream text_;
    std::streambuf* usual_;
};

std::string joined(const std::vector<std::string_view>& names) {
    std::string out;
    for (const std::string_view name : names) {
        if (!name.empty()) {
            out += (out.empty() ? "" : ", ") + std::string(name);
        }
    }
    return out;
}

// Notes what a template asks for while it is expanded: variables, sections, each of which is shown
// once, and includes, none of which is.
class Names final : public ctemplate::TemplateDictionaryInterface {
public:
    static std::set<std::string> of(const ctemplate::Template& parsed) {
        const Names names;
        std::string ignored;
        parsed.Expand(&ignored, &names);
        return std::move(names.asked_);
    }

protected:
    class Once final : public Iterator {
    public:
        explicit Once(const Names& names) : names_(names) {}
        bool HasNext() const override { return !done_; }
        const TemplateDictionaryInterface& Next() override {
            done_ = true;
            return names_;
        }

    private:
        const Names& names_;
        bool done_ = false;
    };

    ctemplate::TemplateString GetValue(const ctemplate::TemplateString& name) const override {
        note(name);
        return {""};
    }
    bool IsHiddenSection(const ctemplate::TemplateString& name) const override {
        note(name);
        return false;
    }
    bool IsUnhiddenSection(const ctemplate::TemplateString& name) const override {
        note(name);
        return true;
    }
    bool IsHiddenTemplate(const ctemplate::TemplateString& name) const override {
        note(name);
        return true;
    }
    Iterator* CreateSectionIterator(const ctemplate::TemplateString& /*name*/) const override {
        return std::make_unique<Once>(*this).release();  // ctemplate deletes it
    }
    Iterator* CreateTemplateIterator(const ctemplate::TemplateString& name) const override {
        return CreateSectionIterator(name);
    }
    const char* GetIncludeTemplateName(const ctemplate::TemplateString& /*name*/,
                                       int /*number*/) const override {
        return "";
    }
    void DumpToString(std::string* /*out*/, int /*level*/) const override {}

private:
    void note(const ctemplate::TemplateString& name) const {
        asked_.emplace(name.data(), name.size());
    }

    mutable std::set<std::string> asked_;
};

// Host and port of the issuer, which is how readers know the service.
std::string_view service_of(std::string_view issuer) {
    const std::size_t slashes = issuer.find("://");
    if (slashes == std::string_view::npos) {
        return issuer;
    }
    issuer.remove_prefix(slashes + 3);
    return issuer.substr(0, issuer.find('/'));
}

struct OperatorFile {
    std::string path;  // such as de/reset-password.txt
    std::string text;
};

// Returns the names in a directory, sorted; errno says why there are none.
std::optional<std::vector<std::string>> list_directory(const std::string& path) {
    const auto close = [](DIR* directory) { ::closedir(directory); };
    const std::unique_ptr<DIR, decltype(close)> stream(::opendir(path.c_str()), close);
    if (!stream) {
        return std::nullopt;
    }
    std::vector<std::string> names;
    while (const dirent* const entry = ::readdir(stream.get())) {
        names.emplace_back(entry->d_name);
    }
    std::ranges::sort(names);
    return names;
}

Result<std::vector<OperatorFile>> read_language(const std::string& directory,
                                                const std::string& language) {
    std::vector<OperatorFile> files;
    const std::string folder = directory + '/' + language;
    const auto names = list_directory(folder);
    if (!names && errno == ENOTDIR) {
        return files;
    }
    if (!names) {
        return fault(folder + ": cannot be read: " + std::generic_category().message(errno));
    }
    for (const std::string& name : *names) {
        if (name.starts_with('.') || (!name.ends_with(".txt") && !name.ends_with(".html"))) {
            continue;
        }
        const std::string path = path_of(folder, name);
        if (!allowed_in(name)) {
            return fault(path + ": no mail has this name; there are " + joined(template_names()));
        }
        auto read = read_small_file(path);
        if (const auto* const problem = std::get_if<FileFault>(&read)) {
            return fault(path + ": " + problem->text);
        }
        std::string& text = std::get<SmallFile>(read).text;
        if (!Text::from(text)) {
            return fault(path + ": is not UTF-8");
        }
        std::erase(text, '\r');
        files.push_back({path_of(language, name), std::move(text)});
    }
    return files;
}

Result<std::vector<OperatorFile>> read_directory(const std::string& directory) {
    const auto languages = list_directory(directory);
    if (!languages) {
        return fault(directory +
                     ": cannot be read as a directory: " + std::generic_category().message(errno));
    }
    std::vector<OperatorFile> files;
    for (const std::string& language : *languages) {
        if (!is_language(language)) {
            continue;
        }
        auto more = read_language(directory, language);
        if (!more) {
            return more;
        }
        files.insert(files.end(), std::make_move_iterator(more->begin()),
                     std::make_move_iterator(more->end()));
    }
    return files;
}

}  // namespace

// One file.
class Templates::Parsed {
public:
    // `shown_path` is what an error calls the file.
    static Result<std::unique_ptr<const Parsed>> from(std::string_view file, std::string_view text,
                                                      std::string shown_path) {
        const bool is_html = file.ends_with(".html");
        std::string whole(text);
        if (is_html) {
            // In the context of each placeholder: text, attribute, URL.
            whole.insert(0, "{{%AUTOESCAPE context=\"HTML\"}}");
        }
        auto parsed = std::make_unique<Parsed>();
        {
            const Complaints complaints;
            parsed->template_.reset(
                ctemplate::Template::StringToTemplate(whole, ctemplate::DO_NOT_STRIP));
            if (!parsed->template_) {
                return fault(shown_path + ": " + complaints.first());
            }
        }
        const auto allowed = allowed_in(file).value_or(std::vector<std::string_view>());
        for (const std::string& name : Names::of(*parsed->template_)) {
            if (std::ranges::find(allowed, name) == allowed.end()) {
                return fault(shown_path + ": has {{" + to_printable(name, 64) +
                             "}}, which this mail does not know; it knows " + joined(allowed));
            }
        }
        parsed->shown_path_ = std::move(shown_path);
        return std::unique_ptr<const Parsed>(std::move(parsed));
    }

    std::string expand(const std::vector<std::pair<std::string, std::string>>& values) const {
        ctemplate::TemplateDictionary dictionary("");
        for (const auto& [name, value] : values) {
            dictionary.SetValue(name, value);
            if (!value.empty()) {
                dictionary.ShowSection(name);
            }
        }
        std::string out;
        template_->Expand(&out, &dictionary);
        return out;
    }

    const std::string& shown_path() const { return shown_path_; }

private:
    std::unique_ptr<const ctemplate::Template> template_;
    std::string shown_path_;
};

std::vector<std::string_view> template_names() {
    std::vector<std::string_view> names;
    std::ranges::transform(kKinds, std::back_inserter(names), &Kind::name);
    return names;
}

MailValues sample_values(std::string_view issuer, std::string_view name) {
    const Kind* const kind = find_kind(name);
    const std::string pages(issuer.starts_with("http") ? issuer : "https://auth.example.org");
    return {{"address", "ada@example.org"},
            {"username", "ada.lovelace"},
            {"link", kind != nullptr && kind->essential == "LINK"
                         ? url_below(pages, "/verify?ticket=tk1.U2FtcGxl-dGlja2V0_c2FtcGxl")
                         : "https://app.example.org/"},
            {"code", "314159"},
            {"holds", "3600"},
            {"newAddress", "ada@example.net"}};
}

Templates::Templates() = default;
Templates::Templates(Templates&&) noexcept = default;
Templates& Templates::operator=(Templates&&) noexcept = default;
Templates::~Templates() = default;

Result<Templates> Templates::load(const std::string& directory, std::string_view issuer) {
    Templates templates;
    templates.issuer_ = issuer;
    std::vector<OperatorFile> of_operator;
    if (!directory.empty()) {
        auto read = read_directory(directory);
        if (!read) {
            return read.error();
        }
        of_operator = *std::move(read);
    }
    const auto add = [&](std::string_view path, std::string_view text,
                         std::string shown) -> Result<void> {
        const std::size_t slash = path.find('/');
        auto parsed = Parsed::from(path.substr(slash + 1), text, std::move(shown));
        if (!parsed) {
            return parsed.error();
        }
        templates.files_.insert_or_assign(std::string(path), *std::move(parsed));
        const std::string language(path.substr(0, slash));
        if (std::ranges::find(templates.languages_, language) == templates.languages_.end()) {
            templates.languages_.push_back(language);
        }
        return {};
    };
    for (const ShippedFile& file : shipped_files()) {
        if (auto added = add(file.path, file.text, std::string(file.path)); !added) {
            return added.error();
        }
    }
    for (const OperatorFile& file : of_operator) {
        if (auto added = add(file.path, file.text, directory + '/' + file.path); !added) {
            return added.error();
        }
    }
    for (const std::string& language : templates.languages_) {
        for (const Kind& kind : kKinds) {
            if (auto found = templates.fault_of(language, kind.name)) {
                return fault(*std::move(found));
            }
        }
    }
    return templates;
}

const Templates::Parsed* Templates::find(std::string_view language, std::string_view file) const {
    const auto found = files_.find(path_of(language, file));
    return found == files_.end() ? nullptr : found->second.get();
}

// Tries a template with harmless values, and with some that would do harm.
std::optional<std::string> Templates::fault_of(std::string_view language,
                                               std::string_view name) const {
    const Parsed* const text = find(language, with_ending(name, ".txt"));
    const Parsed* const html = find(language, with_ending(name, ".html"));
    if (text == nullptr && html == nullptr) {
        return std::nullopt;  // English is sent instead
    }
    if (text == nullptr || html == nullptr) {
        const Parsed* const there = text == nullptr ? html : text;
        return there->shown_path() + ": needs " + std::string(name) +
               (text == nullptr ? ".txt" : ".html") + " beside it";
    }
    for (const std::string_view needed : {kDuration, kLayout}) {
        if (find(language, needed) == nullptr) {
            return text->shown_path() + ": needs " + std::string(needed) + " beside it";
        }
    }
    const Parsed* const layout = find(language, kLayout);
    if (layout->expand({{"BODY", "<b>"}}).find("<b>") == std::string::npos) {
        return layout->shown_path() + ": has to show {{BODY:none}}, which is the text of the mail";
    }
    const MailValues samples = sample_values(issuer_, name);
    const MailText filled = fill_in(language, name, samples);
    if (filled.subject.empty()) {
        return text->shown_path() + ": has to begin with the line \"Subject: …\"";
    }
    for (const std::string_view secret : {"code", "link"}) {
        if (filled.subject.find(samples.find(secret)->second) != std::string::npos) {
            return text->shown_path() +
                   ": names a code or a link in the subject, which lock screens show";
        }
    }
    const Kind& kind = *find_kind(name);
    if (!kind.essential.empty()) {
        const auto* const placeholder =
            std::ranges::find(kPlaceholders, kind.essential, &Placeholder::name);
        const std::string& value = samples.find(placeholder->value)->second;
        for (const auto& [file, body] :
             {std::pair(text, &filled.text), std::pair(html, &filled.html)}) {
            if (body->find(value) == std::string::npos) {
                return file->shown_path() + ": shows no {{" + std::string(kind.essential) +
                       "}}, without which this mail is of no use";
            }
        }
    }
    MailValues harmful;
    for (const auto& [key, value] : samples) {
        harmful[key] = key == "holds" ? value : value + "<signet-'\"";
    }
    const std::string tried = fill_in(language, name, harmful).html;
    if (tried.find("<signet-") != std::string::npos) {
        return html->shown_path() +
               ": shows a value without escaping it; leave out the modifier \":none\"";
    }
    return std::nullopt;
}

std::string Templates::duration_text(std::string_view language, std::string_view seconds) const {
    std::int64_t left = 0;
    std::from_chars(seconds.data(), seconds.data() + seconds.size(), left);
    const Parsed* const words = find(language, kDuration);
    if (left <= 0 || words == nullptr) {
        return {};
    }
    const auto* const unit =
        std::ranges::find_if(kUnits, [left](const Unit& each) { return left % each.seconds == 0; });
    const std::int64_t count = left / unit->seconds;
    const std::string said =
        words->expand({{std::string(count == 1 ? unit->one : unit->many), std::to_string(count)}});
    return std::string(trim(said));
}

MailText Templates::fill_in(std::string_view language, std::string_view name,
                            const MailValues& values) const {
    std::vector<std::pair<std::string, std::string>> filled{
        {"ISSUER", issuer_}, {"SERVICE", std::string(service_of(issuer_))}};
    for (const Placeholder& placeholder : kPlaceholders) {
        const auto value = values.find(placeholder.value);
        if (value == values.end()) {
            continue;
        }
        const std::string text = placeholder.name == "HOLDS"
                                     ? duration_text(language, value->second)
                                     : to_printable(value->second, kValueBytesMax);
        filled.emplace_back(placeholder.name, text);
    }
    MailText out;
    out.text = find(language, with_ending(name, ".txt"))->expand(filled);
    if (out.text.starts_with(kSubject)) {
        const std::size_t end = std::min(out.text.find('\n'), out.text.size());
        out.subject = to_printable(
            trim(std::string_view(out.text).substr(0, end)).substr(kSubject.size() - 1),
            kSubjectBytesMax);
        out.subject = trim(out.subject);
        out.text.erase(0, out.text.find_first_not_of('\n', end));
    }
    filled.emplace_back("BODY", find(language, with_ending(name, ".html"))->expand(filled));
    filled.emplace_back("SUBJECT", out.subject);
    out.html = find(language, kLayout)->expand(filled);
    return out;
}

Result<MailText> Templates::render(std::string_view name, std::string_view language,
                                   const MailValues& values) const {
    if (find_kind(name) == nullptr) {
        return Error(Errc::internal, "no mail is called " + std::string(name));
    }
    const bool there = find(language, with_ending(name, ".txt")) != nullptr;
    return fill_in(there ? language : kEnglish, name, values);
}

std::string Templates::choose_language(std::string_view accept_language) const {
    return signet::choose_language(accept_language, languages_);
}

}  // namespace signet::mail
