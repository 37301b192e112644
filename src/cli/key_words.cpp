#include "cli/key_words.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signet::cli {
namespace {

constexpr std::size_t kThumbprintChars = 43;  // SHA-256 in base64url
constexpr std::size_t kVerbWords = 3;         // signet keys revoke

// Options of these commands have one hyphen and a letter, or two hyphens; a thumbprint may begin
// with two as well, and no option is as long.
bool is_kid_like_an_option(std::string_view word) {
    return word.starts_with('-') && word != "-h" &&
           (word.size() == kThumbprintChars || (word.size() > 1 && word[1] != '-'));
}

bool takes_kid(std::span<const char* const> words) {
    return words.size() > kVerbWords && std::string_view(words[1]) == "keys" &&
           (std::string_view(words[2]) == "retire" || std::string_view(words[2]) == "revoke");
}

}  // namespace

std::vector<const char*> with_kid_last(std::span<const char* const> words) {
    std::vector<const char*> sorted(words.begin(), words.end());
    if (!takes_kid(words) || std::ranges::find(sorted, std::string_view("--")) != sorted.end()) {
        return sorted;
    }
    const auto behind_verb = words.subspan(kVerbWords);
    sorted.resize(kVerbWords);
    std::ranges::remove_copy_if(behind_verb, std::back_inserter(sorted), is_kid_like_an_option);
    const std::size_t others = sorted.size();
    std::ranges::copy_if(behind_verb, std::back_inserter(sorted), is_kid_like_an_option);
    if (sorted.size() > others) {
        sorted.insert(sorted.begin() + static_cast<std::ptrdiff_t>(others), "--");
    }
    return sorted;
}

KeyWords::KeyWords(CLI::App& group, std::function<void(KeyVerb)> choose)
    : group_(group), choose_(std::move(choose)) {
    add_looks();
    add_changes();
    add_import();
}

CLI::App* KeyWords::add(KeyVerb verb, const char* name, const char* about) {
    CLI::App* const command = group_.add_subcommand(name, about);
    command->callback([this, verb] { choose_(verb); });
    return command;
}

CLI::App* KeyWords::add_change(KeyVerb verb, const char* name, const char* about) {
    CLI::App* const command = add(verb, name, about);
    command->add_flag("--yes", arguments_.yes, "do it; else it is only said what would happen");
    return command;
}

void KeyWords::add_looks() {
    add(KeyVerb::list, "list", "list the keys")->add_flag("--json", arguments_.json, "print JSON");
    add(KeyVerb::export_set, "export", "print the public keys as a JWKS");
}

void KeyWords::add_changes() {
    const std::vector<std::string> algs{"RS256", "ES256", "EdDSA"};
    add_change(KeyVerb::stage, "stage",
               "make the next key, which is published and does not sign yet")
        ->add_option("--alg", arguments_.alg, "RS256, ES256 or EdDSA")
        ->check(CLI::IsMember(algs));
    add_change(KeyVerb::promote, "promote", "let the next key sign, and retire the active one")
        ->add_flag("--force", arguments_.force, "also before every consumer has seen it");
    add_change(KeyVerb::retire, "retire", "take a next key back")
        ->add_option("KID", arguments_.kid, "kid of the key")
        ->required();
    add_change(KeyVerb::revoke, "revoke", "the emergency: unpublish a stolen key at once")
        ->add_option("KID", arguments_.kid, "kid of the key")
        ->required();
    add_change(KeyVerb::rewrap, "rewrap",
               "seal everything under the first key of AUTH_KEY_ENCRYPTION_KEY");
}

void KeyWords::add_import() {
    CLI::App* const command = add_change(
        KeyVerb::import_key, "import",
        "take a PEM from elsewhere: a private key becomes the next one, a public one is published");
    KeyImport& wanted = arguments_.import_key;
    command->add_option("FILE", wanted.file, "the PEM file")->required();
    command->add_option("--until", wanted.until,
                        "how long a public key is published: 14d, 2030-01-31 or "
                        "2030-01-31T18:00:00Z");
    command->add_option("--kid", wanted.kid,
                        "what its tokens carry, where that is not the RFC 7638 thumbprint");
}

}  // namespace signet::cli
