#include "base/secret.hpp"
#include "keys/directory_home.hpp"
#include "keys/key_file_name.hpp"
#include "keys/key_gate.hpp"

#include <algorithm>
#include <utility>

// How a DirectoryHome reads its files.
namespace signet::keys {
namespace {

// Keys of the first version do not say when they were published or retired. So long a time no
// verifier is without a next key, and no token lives.
constexpr std::int64_t kAdoptedAheadS = 3600;
constexpr std::int64_t kAdoptedKeepS = 86400;

Error refused(std::string sentence) {
    return {Errc::key_unusable, std::move(sentence)};
}

bool is_public(const std::string& pem) {
    return pem.find("PUBLIC KEY-----") != std::string::npos;
}

Result<tokens::KeyPair> parse(const std::string& pem, const std::string& path,
                              DirectoryHome::Judged judged) {
    if (judged == DirectoryHome::Judged::by_gate) {
        return is_public(pem) ? load_public_key(pem, path) : load_private_key(pem, path);
    }
    auto key = is_public(pem) ? tokens::KeyPair::from_public_pem(pem)
                              : tokens::KeyPair::from_private_pem(pem);
    if (!key) {
        return refused(path + ": the key " + key.error().log_detail);
    }
    if (judged == DirectoryHome::Judged::by_use) {
        if (const auto weakness = find_plain_weakness(*key)) {
            return refused(path + ": the key " + *weakness);
        }
    }
    return key;
}

std::string join(const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names) {
        out += (out.empty() ? "" : ", ") + name;
    }
    return out;
}

KeyLife life_of_first_version(KeyState state, std::int64_t modified_at_s, std::int64_t now_s) {
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

}  // namespace

Result<StoredKey> DirectoryHome::read_file(const std::string& name, Judged judged,
                                           std::int64_t* modified_at_s) const {
    auto file = directory_.read(name, kPemBytesMax);
    if (!file) {
        return file.error();
    }
    const WipeOnExit wiped(file->text);
    const auto key = parse(file->text, directory_.path_of(name), judged);
    if (!key) {
        return key.error();
    }
    auto public_part = key->to_public_pem();
    if (!public_part) {
        return public_part.error();
    }
    StoredKey stored;
    stored.life.kid = key->thumbprint();
    stored.life.alg = key->alg();
    stored.public_part = std::move(*public_part);
    if (key->has_private()) {
        stored.private_part = file->text;
    }
    if (modified_at_s != nullptr) {
        *modified_at_s = file->modified_at_s;
    }
    return stored;
}

void DirectoryHome::read_manifest_keys(Reading& reading, Judged judged) const {
    reading.keys.reserve(reading.manifest.rows.size());
    for (const ManifestRow& row : reading.manifest.rows) {
        if (row.life.state == KeyState::revoked) {
            reading.keys.push_back({row.life, row.public_part, {}});
            continue;
        }
        // The gate saw every key of ours before keys.json named it. A predecessor's is another's.
        const bool vouched_for = !row.life.foreign || judged == Judged::no;
        auto stored = read_file(row.file, vouched_for ? judged : Judged::by_gate, nullptr);
        if (!stored) {
            reading.errors.push_back(stored.error().log_detail);
            continue;
        }
        const bool is_other = stored->life.alg != row.life.alg ||
                              (!row.life.foreign && stored->life.kid != row.life.kid);
        if (is_other) {
            reading.errors.push_back(directory_.path_of(row.file) +
                                     ": is another key than keys.json says; this one's kid is " +
                                     stored->life.kid);
        }
        const bool needs_private =
            row.life.state == KeyState::active || row.life.state == KeyState::next;
        if (needs_private && stored->private_part.empty()) {
            reading.errors.push_back(
                directory_.path_of(row.file) +
                ": the key holds a public key only, where a private one is expected");
        }
        stored->life = row.life;
        reading.keys.push_back(std::move(*stored));
    }
}

// Nobody vouches for what was put there by hand, so each look goes through the gate.
void DirectoryHome::read_first_version(Reading& reading, const Stamp& stamp) const {
    auto names = directory_.list();
    if (!names) {
        reading.errors.push_back(names.error().log_detail);
        return;
    }
    // The files of a change that has not happened yet do not count.
    const auto journal = read_journal(stamp.journal.value_or(std::string()));
    std::erase_if(*names, [&journal](const std::string& name) {
        return journal && std::ranges::find(journal->written, name) != journal->written.end();
    });
    std::vector<std::string> active;
    for (const std::string& name : *names) {
        const KeyFileName meaning = read_key_file_name(name);
        if (meaning.state == KeyState::active) {
            active.push_back(name);
        }
        std::int64_t modified_at_s = 0;
        auto stored = read_file(name, Judged::by_gate, &modified_at_s);
        const std::string path = directory_.path_of(name);
        if (!stored) {
            reading.errors.push_back(stored.error().log_detail);
            continue;
        }
        if (meaning.state != KeyState::retired && stored->private_part.empty()) {
            reading.errors.push_back(
                path + ": the key holds a public key only, where a private one is expected");
        }
        // The first version knew no other kind, and consumers may not either.
        if (stored->life.alg != tokens::kRs256) {
            reading.errors.push_back(path + ": the key is for " + stored->life.alg +
                                     ", and only an RSA key may be put here by hand; move it out "
                                     "of the directory, then take it in with signet keys import");
        }
        if (meaning.thumbprint && *meaning.thumbprint != stored->life.kid) {
            reading.errors.push_back(path + ": the name says another key; this one's kid is " +
                                     stored->life.kid);
        }
        const std::string kid = stored->life.kid;
        const std::string alg = stored->life.alg;
        stored->life = life_of_first_version(meaning.state, modified_at_s, now_s());
        stored->life.kid = kid;
        stored->life.alg = alg;
        reading.manifest.rows.push_back({stored->life, name, {}});
        reading.keys.push_back(std::move(*stored));
    }
    if (!names->empty() && active.size() != 1) {
        reading.errors.push_back(directory_.path() + ": exactly one key has to be active, but " +
                                 (active.empty() ? "none is; the directory holds " + join(*names)
                                                 : "these are: " + join(active)));
    }
}

void DirectoryHome::find_strays(Reading& reading) const {
    const auto names = directory_.list();
    if (!names) {
        reading.errors.push_back(names.error().log_detail);
        return;
    }
    const auto& rows = reading.manifest.rows;
    for (const std::string& name : *names) {
        if (std::ranges::find(rows, name, &ManifestRow::file) == rows.end()) {
            reading.strays.push_back(
                directory_.path_of(name) +
                ": is not listed in keys.json, so nothing uses it; move it out "
                "of the directory, then take it in with signet keys import");
        }
    }
}

}  // namespace signet::keys
