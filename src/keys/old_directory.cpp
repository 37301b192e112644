#include "keys/old_directory.hpp"

#include "base/secret.hpp"
#include "tokens/key_set.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>

namespace signet::keys {
namespace {

// The names of files do not say when a key was published or retired. After this time every verifier
// has seen the next key, and no token of a retired one is valid any more.
constexpr std::int64_t kAdoptedAheadS = 3600;
constexpr std::int64_t kAdoptedKeepS = 86400;

constexpr std::string_view kNoPrivateHalf =
    ": the key holds a public key only, where a private one is expected";

struct PemKey {
    StoredKey stored;  // its life is filled in except for kid and alg
    std::int64_t modified_at_s = 0;
};

Result<PemKey> read_pem(const KeyDirectory& directory, const std::string& name, Judged judged) {
    auto file = directory.read(name, kPemBytesMax);
    if (!file) {
        return file.error();
    }
    if (!*file) {
        return Error(Errc::key_unusable, directory.path_of(name) + ": is missing");
    }
    const WipeOnExit wiped((*file)->text);
    const auto key = load_key((*file)->text, directory.path_of(name), judged);
    if (!key) {
        return key.error();
    }
    auto public_part = key->to_public_pem();
    if (!public_part) {
        return public_part.error();
    }
    PemKey out;
    out.modified_at_s = (*file)->modified_at_s;
    out.stored.life.kid = key->thumbprint();
    out.stored.life.alg = key->alg();
    out.stored.public_part = std::move(*public_part);
    if (key->has_private()) {
        // A file may hold more than the key, in any encoding, so the key is written anew.
        auto private_part = key->to_private_pem();
        if (!private_part) {
            return private_part.error();
        }
        out.stored.private_part = std::move(*private_part);
    }
    return out;
}

// A key that signs no more needs no private part, so whoever finds the file must not find one.
void drop_unneeded_part(StoredKey& key) {
    if (key.life.state == KeyState::retired) {
        wipe(key.private_part);
    }
}

// Reads the change that was under way when the old version ended. Its files are keys only if the
// manifest names them.
void read_journal(const KeyDirectory& directory, std::uint64_t epoch, OldDirectory& out) {
    const auto text = directory.read(kOldJournalName, kKeyFileBytesMax);
    if (!text) {
        out.errors.push_back(text.error().log_detail);
        return;
    }
    if (!*text) {
        return;
    }
    auto journal = read_old_journal((*text)->text);
    if (!journal) {
        out.errors.push_back(directory.path_of(kOldJournalName) + ": " +
                             journal.error().log_detail);
        return;
    }
    std::vector<std::string>& obsolete = out.file.obsolete;
    std::ranges::move(journal->written, std::back_inserter(obsolete));
    obsolete.emplace_back(kOldJournalName);
    if (epoch >= journal->epoch) {
        std::ranges::move(journal->obsolete, std::back_inserter(obsolete));
        out.file.audit_bytes = journal->audit_bytes;
        out.file.audit = std::move(journal->audit);
    }
}

bool holds(const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

std::vector<std::string> list_pem(const KeyDirectory& directory, OldDirectory& out) {
    auto names = directory.list_pem();
    if (!names) {
        out.errors.push_back(names.error().log_detail);
        return {};
    }
    std::erase_if(*names, [&out](const auto& name) { return holds(out.file.obsolete, name); });
    return std::move(*names);
}

void take_row(const KeyDirectory& directory, const StoredKey& row, const std::string& name,
              Judged judged, OldDirectory& out) {
    if (row.life.state == KeyState::revoked) {
        out.file.keys.push_back(row);
        return;
    }
    // Every key of Signet's own went through the gate before the manifest named it. A predecessor's
    // key was made by somebody else.
    const bool is_vouched_for = !row.life.foreign || judged == Judged::no;
    auto read = read_pem(directory, name, is_vouched_for ? judged : Judged::by_gate);
    if (!read) {
        out.errors.push_back(read.error().log_detail);
        return;
    }
    StoredKey& stored = read->stored;
    if (stored.life.alg != row.life.alg || (!row.life.foreign && stored.life.kid != row.life.kid)) {
        out.errors.push_back(directory.path_of(name) +
                             ": is another key than keys.json says; this one's kid is " +
                             stored.life.kid);
    }
    const bool signs = row.life.state == KeyState::active || row.life.state == KeyState::next;
    if (signs && stored.private_part.empty()) {
        out.errors.push_back(directory.path_of(name) + std::string(kNoPrivateHalf));
    }
    stored.life = row.life;
    drop_unneeded_part(stored);
    out.file.keys.push_back(std::move(stored));
}

struct NameMeaning {
    KeyState state = KeyState::active;
    std::optional<std::string_view> thumbprint;  // without a value if the operator chose the name
};

NameMeaning read_name(std::string_view name) {
    constexpr std::string_view kExtension = ".pem";
    name.remove_suffix(kExtension.size());
    for (const KeyState state : {KeyState::active, KeyState::next, KeyState::retired}) {
        const std::string prefix = std::string(signet::to_string(state)) + '-';
        if (name.starts_with(prefix)) {
            return {state, name.substr(prefix.size())};
        }
    }
    return {};
}

KeyLife life_by_name(KeyState state, std::int64_t modified_at_s, std::int64_t now_s) {
    KeyLife life;
    life.state = state;
    life.created_at_s = modified_at_s;
    life.published_at_s = modified_at_s;
    life.active_after_s = modified_at_s;
    life.tokens_ttl_s = kAdoptedKeepS;
    if (state == KeyState::active) {
        life.activated_at_s = modified_at_s;
    } else if (state == KeyState::next) {
        life.active_after_s += kAdoptedAheadS;
    } else {
        life.retired_at_s = modified_at_s;
        life.remove_after_s = now_s + kAdoptedKeepS;
    }
    return life;
}

void take_by_name(const KeyDirectory& directory, const std::string& name, std::int64_t now_s,
                  OldDirectory& out) {
    const NameMeaning meaning = read_name(name);
    auto read = read_pem(directory, name, Judged::by_gate);
    if (!read) {
        out.errors.push_back(read.error().log_detail);
        return;
    }
    StoredKey& stored = read->stored;
    const std::string path = directory.path_of(name);
    if (meaning.state != KeyState::retired && stored.private_part.empty()) {
        out.errors.push_back(path + std::string(kNoPrivateHalf));
    }
    // Before the manifest there were only RS256 keys, and consumers may support no others.
    if (stored.life.alg != tokens::kRs256) {
        out.errors.push_back(path + ": the key is for " + stored.life.alg +
                             ", and only an RSA key may be put here by hand; move it out of the "
                             "directory, then take it in with signet keys import");
    }
    if (meaning.thumbprint && *meaning.thumbprint != stored.life.kid) {
        out.errors.push_back(path + ": the name says another key; this one's kid is " +
                             stored.life.kid);
    }
    KeyLife life = life_by_name(meaning.state, read->modified_at_s, now_s);
    life.kid = std::move(stored.life.kid);
    life.alg = std::move(stored.life.alg);
    stored.life = std::move(life);
    drop_unneeded_part(stored);
    out.file.keys.push_back(std::move(stored));
}

std::string join(const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names) {
        out += (out.empty() ? "" : ", ") + name;
    }
    return out;
}

}  // namespace

OldDirectory read_with_manifest(const KeyDirectory& directory, std::string_view manifest,
                                Judged judged) {
    OldDirectory out;
    const auto read = read_old_manifest(manifest);
    if (!read) {
        out.errors.push_back(directory.path_of(kKeyFileName) + ": " + read.error().log_detail);
        return out;
    }
    out.file.epoch = read->epoch;
    for (std::size_t i = 0; i < read->keys.size(); ++i) {
        take_row(directory, read->keys[i], read->files[i], judged, out);
        if (!read->files[i].empty()) {
            out.file.obsolete.push_back(read->files[i]);
        }
    }
    read_journal(directory, read->epoch, out);
    out.strays = list_pem(directory, out);
    return out;
}

OldDirectory read_without_manifest(const KeyDirectory& directory, std::int64_t now_s) {
    OldDirectory out;
    read_journal(directory, 0, out);
    const std::vector<std::string> names = list_pem(directory, out);
    std::vector<std::string> active;
    for (const std::string& name : names) {
        if (read_name(name).state == KeyState::active) {
            active.push_back(name);
        }
        take_by_name(directory, name, now_s, out);
    }
    if (!names.empty() && active.size() != 1) {
        out.errors.push_back(directory.path() + ": exactly one key has to be active, but " +
                             (active.empty() ? "none is; the directory holds " + join(names)
                                             : "these are: " + join(active)));
    }
    out.file.obsolete.insert(out.file.obsolete.end(), names.begin(), names.end());
    return out;
}

}  // namespace signet::keys
