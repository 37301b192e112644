#include "keyring/key_files.hpp"

#include "base/secret.hpp"
#include "keyring/key_gate.hpp"

#include <algorithm>
#include <array>

namespace signet::keyring {
namespace {

constexpr std::string_view kExtension = ".pem";

// What the name of a key file says.
struct KeyFileName {
    KeyState state = KeyState::active;
    std::optional<std::string> kid;  // none in a name of the operator's own
};

KeyFileName read_name(std::string_view name) {
    name.remove_suffix(kExtension.size());
    for (const KeyState state : {KeyState::active, KeyState::next, KeyState::retired}) {
        const std::string prefix = std::string(to_string(state)) + '-';
        if (name.starts_with(prefix)) {
            return {state, std::string(name.substr(prefix.size()))};
        }
    }
    return {};
}

Result<Key> load_file(const KeyDirectory& directory, const std::string& name) {
    auto file = directory.read(name, kPemBytesMax);
    if (!file) {
        return file.error();
    }
    const WipeOnExit wiped(file->text);
    const std::string path = directory.path_of(name);
    const KeyFileName meaning = read_name(name);
    const bool public_only = meaning.state == KeyState::retired &&
                             file->text.find("PUBLIC KEY-----") != std::string::npos;
    const auto key =
        public_only ? load_public_key(file->text, path) : load_private_key(file->text, path);
    if (!key) {
        return key.error();
    }
    if (meaning.kid && *meaning.kid != key->thumbprint()) {
        return Error(Errc::no_signing_key,
                     path + ": the name says another key; this one's kid is " + key->thumbprint());
    }
    return Key{key->thumbprint(), std::string(kAlg), meaning.state, file->modified_at_s, *key};
}

std::string join(const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names) {
        out += (out.empty() ? "" : ", ") + name;
    }
    return out;
}

KeyLoad failure(const Error& error) {
    KeyLoad load;
    load.errors.push_back(error.log_detail);
    return load;
}

KeyLoad load_listed(const KeyDirectory& directory, const std::vector<std::string>& names) {
    KeyLoad load;
    std::vector<Key> keys;
    std::vector<std::string> active;
    for (const std::string& name : names) {
        if (read_name(name).state == KeyState::active) {
            active.push_back(name);
        }
        auto key = load_file(directory, name);
        if (key) {
            keys.push_back(std::move(*key));
        } else {
            load.errors.push_back(key.error().log_detail);
        }
    }
    if (active.size() != 1) {
        load.errors.push_back(directory.path() + ": exactly one key has to be active, but " +
                              (active.empty() ? "none is; the directory holds " + join(names)
                                              : "these are: " + join(active)));
    }
    if (!load.errors.empty()) {
        return load;
    }
    auto set = KeySet::make(std::move(keys));
    if (!set) {
        load.errors.push_back(directory.path() + ": " + set.error().log_detail);
        return load;
    }
    load.keys = std::move(*set);
    return load;
}

Result<void> generate_first(const KeyDirectory& directory, unsigned bits) {
    const auto key = RsaKey::generate(bits);
    if (!key) {
        return Error(Errc::no_signing_key, directory.path() + ": " + key.error().log_detail);
    }
    return write_key_file(directory, KeyState::active, *key);
}

}  // namespace

Result<void> write_key_file(const KeyDirectory& directory, KeyState state, const RsaKey& key) {
    auto pem = key.to_private_pem();
    if (!pem) {
        return pem.error();
    }
    const WipeOnExit wiped(*pem);
    const std::string name =
        std::string(to_string(state)) + '-' + key.thumbprint() + std::string(kExtension);
    return directory.write(name, *pem);
}

KeyLoad load_key_files(const KeyFilesOptions& options) {
    const auto directory = KeyDirectory::open(options.directory);
    if (!directory) {
        return failure(directory.error());
    }
    auto names = directory->list();
    if (!names) {
        return failure(names.error());
    }
    // No lock where there are keys: the directory may be read-only.
    if (!names->empty()) {
        return load_listed(*directory, *names);
    }
    const auto lock = directory->lock();
    if (!lock) {
        return failure(lock.error());
    }
    directory->remove_leftovers();
    names = directory->list();
    if (!names) {
        return failure(names.error());
    }
    const bool generate = names->empty();
    if (generate) {
        if (const auto made = generate_first(*directory, options.generated_bits); !made) {
            return failure(made.error());
        }
        names = directory->list();
        if (!names) {
            return failure(names.error());
        }
    }
    KeyLoad load = load_listed(*directory, *names);
    load.generated = generate;
    return load;
}

}  // namespace signet::keyring
