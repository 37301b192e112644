#include "keys/key_files.hpp"

#include "keys/directory_home.hpp"
#include "keys/key_making.hpp"
#include "keys/rotation.hpp"
#include "keys/stored_edit.hpp"

#include <utility>

namespace signet::keys {
namespace {

KeyLoad failure(const Error& error) {
    KeyLoad load;
    load.errors.push_back(error.log_detail);
    return load;
}

// The first key, and the next one where keys rotate.
Result<KeyHome::Edit> make_keys(const KeyFilesOptions& options, std::int64_t now_s) {
    KeyHome::Edit edit;
    KeyLives lives;
    const std::size_t count = options.policy.period_s ? 2 : 1;
    while (edit.keys.size() < count) {
        auto key = make_new_key(options.generated_alg, options.generated_bits, PlainCodec());
        if (!key) {
            return key.error();
        }
        stage(lives, key->life.kid, key->life.alg, options.policy, now_s);
        key->life = lives.back();
        edit.audit.push_back({"signet serve", "stage", key->life.kid, key->life.alg});
        edit.keys.push_back(std::move(*key));
    }
    return edit;
}

// Whether the key was made here, and not by another process meanwhile. Made under the lock: of
// several processes that start at once, the others have nothing better to do than to wait for it.
Result<bool> make_first(DirectoryHome& home, const KeyFilesOptions& options) {
    bool made = false;
    const auto changed = home.change([&](const KeyView& view) -> Result<KeyHome::Edit> {
        if (!view.keys.empty()) {
            return KeyHome::Edit{};
        }
        auto edit = make_keys(options, view.now_s);
        if (!edit) {
            return Error(Errc::key_unusable, home.path() + ": " + edit.error().log_detail);
        }
        made = true;
        return edit;
    });
    if (!changed) {
        return changed.error();
    }
    return made;
}

}  // namespace

KeyLoad load_key_files(const KeyFilesOptions& options) {
    DirectoryHomeOptions home_options;
    home_options.directory = options.directory;
    const auto home = DirectoryHome::open(std::move(home_options));
    if (!home) {
        return failure(home.error());
    }
    KeyLoad load;
    constexpr auto kStrays = DirectoryHome::Strays::are_faults;
    auto judged = (*home)->judge(kStrays, DirectoryHome::Judged::by_use);
    if (judged.faults.empty() && judged.view.keys.empty()) {
        const auto made = make_first(**home, options);
        if (!made) {
            return failure(made.error());
        }
        load.generated = *made;
        judged = (*home)->judge(kStrays, DirectoryHome::Judged::by_use);
    }
    StoredKeys& keys = judged.view.keys;
    if (!judged.faults.empty()) {
        wipe_private_parts(keys);
        load.errors = std::move(judged.faults);
        return load;
    }
    auto set = make_key_set(judged.view, PlainCodec(), &load.errors);
    wipe_private_parts(keys);
    if (!set) {
        return failure(Error(set.error().errc, options.directory + ": " + set.error().log_detail));
    }
    if (load.errors.empty()) {
        load.keys = std::move(*set);
    }
    return load;
}

}  // namespace signet::keys
