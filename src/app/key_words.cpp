#include "app/key_words.hpp"

#include <CLI/CLI.hpp>

#include <string>
#include <utility>
#include <vector>

namespace signet::app {

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

}  // namespace signet::app
