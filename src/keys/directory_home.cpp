#include "keys/directory_home.hpp"

#include "base/secret.hpp"
#include "base/sha256.hpp"
#include "base/system.hpp"
#include "keys/old_directory.hpp"
#include "keys/stored_keys.hpp"
#include "tokens/key_pair.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace signet::keys {
namespace {

// How often a directory is read while it changes under the reading.
constexpr int kReadTriesMax = 5;

Error refused(std::string sentence) {
    return {Errc::key_unusable, std::move(sentence)};
}

// Returns why a change must not leave the keys like this, or nothing if it may.
std::optional<std::string> find_fault(const StoredKeys& keys) {
    if (keys.size() > kStoredKeysMax) {
        return "there would be more than " + std::to_string(kStoredKeysMax) + " keys";
    }
    const auto count = [&keys](KeyState state) {
        return std::ranges::count_if(
            keys, [state](const StoredKey& key) { return key.life.state == state; });
    };
    if (count(KeyState::active) > 1 || count(KeyState::next) > 1) {
        return "there would be two active or two next keys";
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (keys[i].life.kid == keys[j].life.kid) {
                return "two keys would have the kid " + keys[i].life.kid;
            }
        }
    }
    return std::nullopt;
}

// Checks that a key of keys.json is what its row says, and judges it. A predecessor's key goes
// through the gate whenever keys are judged, because it is somebody else's.
std::optional<std::string> find_key_fault(const StoredKey& stored, const std::string& source,
                                          Judged judged) {
    const KeyLife& life = stored.life;
    if (life.state == KeyState::revoked) {
        return std::nullopt;
    }
    const bool signs = life.state == KeyState::active || life.state == KeyState::next;
    if (signs && stored.private_part.empty()) {
        return source + ": the key holds a public key only, where a private one is expected";
    }
    if (life.foreign && judged != Judged::no) {
        judged = Judged::by_gate;
    }
    const auto key = load_key(
        stored.private_part.empty() ? stored.public_part : stored.private_part, source, judged);
    if (!key) {
        return key.error().log_detail;
    }
    const auto half = tokens::KeyPair::from_public_pem(stored.public_part);
    const bool is_same = half && half->thumbprint() == key->thumbprint() &&
                         key->alg() == life.alg && (life.foreign || key->thumbprint() == life.kid);
    return is_same
               ? std::nullopt
               : std::optional(source + ": holds another key, whose kid is " + key->thumbprint());
}

}  // namespace

Result<std::unique_ptr<DirectoryHome>> DirectoryHome::open(DirectoryHomeOptions options) {
    auto directory = KeyDirectory::open(options.directory);
    if (!directory) {
        return directory.error();
    }
    return std::unique_ptr<DirectoryHome>(
        new DirectoryHome(std::move(*directory), std::move(options)));
}

std::int64_t DirectoryHome::now_s() const {
    return options_.clock == nullptr ? SystemClock().now_s() : options_.clock->now_s();
}

void DirectoryHome::tell(const std::string& notice) const {
    if (options_.on_notice) {
        options_.on_notice(notice);
    }
}

void DirectoryHome::step(std::string_view name) const {
    if (options_.before_step) {
        options_.before_step(name);
    }
}

// The files of an earlier version vanish when another process takes them over, after it has written
// keys.json. So what was read while keys.json changed is read again.
Result<DirectoryHome::Reading> DirectoryHome::read(Judged judged) const {
    for (int tries = 1;; ++tries) {
        auto reading = read_once(judged);
        if (!reading || !reading->is_old || tries == kReadTriesMax) {
            return reading;
        }
        auto file = directory_.read(kKeyFileName, kKeyFileBytesMax);
        if (!file) {
            wipe_private_parts(reading->file.keys);
            return file.error();
        }
        const std::string digest = *file ? sha256((*file)->text) : std::string();
        if (*file) {
            wipe((*file)->text);
        }
        if (digest == reading->stamp.digest) {
            return reading;
        }
        wipe_private_parts(reading->file.keys);
    }
}

Result<DirectoryHome::Reading> DirectoryHome::read_once(Judged judged) const {
    Reading reading;
    reading.stamp.directory_ns = directory_.modified_at_ns();
    auto file = directory_.read(kKeyFileName, kKeyFileBytesMax);
    if (!file) {
        return file.error();
    }
    std::string text = *file ? std::move((*file)->text) : std::string();
    const WipeOnExit wiped(text);
    if (*file) {
        reading.stamp.digest = sha256(text);
    }
    reading.is_old = !*file || is_old_manifest(text);
    if (!reading.is_old) {
        read_key_text(reading, text, judged);
        return reading;
    }
    OldDirectory old = *file ? read_with_manifest(directory_, text, judged)
                             : read_without_manifest(directory_, now_s());
    reading.file = std::move(old.file);
    reading.errors = std::move(old.errors);
    note_strays(reading, old.strays);
    return reading;
}

void DirectoryHome::read_key_text(Reading& reading, std::string_view text, Judged judged) const {
    const std::string path = directory_.path_of(kKeyFileName);
    auto file = read_key_file(text);
    if (!file) {
        reading.errors.push_back(path + ": " + file.error().log_detail);
        return;
    }
    reading.file = std::move(*file);
    for (const StoredKey& key : reading.file.keys) {
        if (auto fault = find_key_fault(key, path + " (" + key.life.kid + ")", judged)) {
            reading.errors.push_back(std::move(*fault));
        }
    }
    auto names = directory_.list_pem();
    if (!names) {
        reading.errors.push_back(names.error().log_detail);
        return;
    }
    std::erase_if(*names, [&reading](const std::string& name) {
        const auto& obsolete = reading.file.obsolete;
        return std::ranges::find(obsolete, name) != obsolete.end();
    });
    note_strays(reading, *names);
}

void DirectoryHome::note_strays(Reading& reading, const std::vector<std::string>& names) const {
    for (const std::string& name : names) {
        reading.strays.push_back(directory_.path_of(name) +
                                 ": is no key of keys.json, so nothing uses it; move it out of "
                                 "the directory, then take it in with signet keys import");
    }
}

Result<std::uint64_t> DirectoryHome::epoch() {
    Stamp stamp;
    stamp.directory_ns = directory_.modified_at_ns();
    auto file = directory_.read(kKeyFileName, kKeyFileBytesMax);
    if (!file) {
        return file.error();
    }
    if (*file) {
        stamp.digest = sha256((*file)->text);
        wipe((*file)->text);
    }
    return stamp == stamp_ ? epoch_ : epoch_ + 1;
}

Result<KeyView> DirectoryHome::load() {
    auto reading = read(Judged::no);
    if (!reading) {
        return reading.error();
    }
    if (!reading->errors.empty()) {
        wipe_private_parts(reading->file.keys);
        return refused(reading->errors.front());
    }
    if (reading->stamp != stamp_) {
        stamp_ = std::move(reading->stamp);
        epoch_ = std::max(epoch_ + 1, reading->file.epoch);
        std::ranges::for_each(reading->strays, [this](const auto& stray) { tell(stray); });
        if (reading->is_old && !reading->file.keys.empty()) {
            tell(directory_.path() +
                 ": its keys are in a file each, as in earlier versions; they are put into "
                 "keys.json "
                 "by the next start or change that can write to the directory");
        }
    }
    if (!reading->is_old) {
        finish_interrupted(reading->file);
    }
    return KeyView{std::move(reading->file.keys), epoch_, now_s()};
}

bool DirectoryHome::wait(std::chrono::milliseconds timeout) {
    std::this_thread::sleep_for(timeout);
    return false;
}

DirectoryHome::Judgement DirectoryHome::judge(Strays strays, Judged judged) {
    auto reading = read(judged);
    if (!reading) {
        return {{}, {reading.error().log_detail}};
    }
    Judgement out;
    out.faults = std::move(reading->errors);
    if (const auto sound = directory_.check(kAuditName); !sound) {
        out.faults.push_back(sound.error().log_detail);
    }
    if (strays == Strays::are_faults) {
        out.faults.insert(out.faults.end(), reading->strays.begin(), reading->strays.end());
    }
    out.is_old = reading->is_old;
    out.view = {std::move(reading->file.keys), reading->file.epoch, now_s()};
    return out;
}

std::vector<std::string> DirectoryHome::find_faults(Strays strays) {
    Judgement judged = judge(strays, Judged::by_gate);
    wipe_private_parts(judged.view.keys);
    return std::move(judged.faults);
}

Result<void> DirectoryHome::write(const KeyFile& file) const {
    std::string text = write_key_file(file);
    const WipeOnExit wiped(text);
    // What was there before is deleted or replaced, so nothing is written that could not be read.
    auto readable = read_key_file(text);
    if (!readable) {
        return refused(directory_.path_of(kKeyFileName) +
                       ": is not replaced, because it could not be read again: " +
                       readable.error().log_detail);
    }
    wipe_private_parts(readable->keys);
    return directory_.write(kKeyFileName, text, options_.before_step);
}

// Each step may be done twice. keys.json is written last, so it lists the steps until all are done.
Result<void> DirectoryHome::finish(KeyFile& file) const {
    for (const std::string& name : file.obsolete) {
        step("delete");
        if (auto removed = directory_.remove(name); !removed) {
            return removed;
        }
    }
    if (!file.audit.empty()) {
        step("audit");
        if (auto done = directory_.append_at(kAuditName, file.audit_bytes, file.audit); !done) {
            return done;
        }
    }
    file.obsolete.clear();
    file.audit.clear();
    return write(file);
}

void DirectoryHome::finish_interrupted(const KeyFile& file) const {
    if (file.is_finished() && !directory_.has_leftovers()) {
        return;
    }
    const auto lock = directory_.try_lock();
    if (!lock || !lock->valid()) {
        if (!lock) {
            tell(lock.error().log_detail);
        }
        return;  // another process is making a change
    }
    directory_.remove_leftovers();
    auto now = read(Judged::no);  // the file may have changed before the lock was taken
    if (now && now->errors.empty() && !now->is_old && !now->file.is_finished()) {
        if (const auto finished = finish(now->file); !finished) {
            tell(finished.error().log_detail);
        }
    }
    if (now) {
        wipe_private_parts(now->file.keys);
    }
}

Result<void> DirectoryHome::change(const Change& change) {
    const auto lock = directory_.lock();
    if (!lock) {
        return lock.error();
    }
    return change_locked(change);
}

Result<void> DirectoryHome::take_over() {
    const auto lock = directory_.lock();
    if (!lock) {
        return lock.error();
    }
    auto reading = read(Judged::no);
    if (!reading) {
        return reading.error();
    }
    wipe_private_parts(reading->file.keys);
    return !reading->is_old ? Result<void>() : change_locked([](const KeyView& view) {
        Edit edit{view.keys, {}};
        for (const StoredKey& key : view.keys) {
            edit.audit.push_back(
                {"signet serve", "import", key.life.kid, "from a file of its own"});
        }
        return edit;
    });
}

Result<void> DirectoryHome::change_locked(const Change& change) const {
    directory_.remove_leftovers();
    auto reading = read(Judged::no);
    if (!reading) {
        return reading.error();
    }
    KeyFile& file = reading->file;
    KeyView view{file.keys, file.epoch, now_s()};
    const auto apply = [&]() -> Result<void> {
        if (!reading->errors.empty()) {
            return refused(reading->errors.front());
        }
        auto edit = change(view);
        if (!edit) {
            return edit.error();
        }
        if (edit->audit.empty()) {
            wipe_private_parts(edit->keys);
            return {};
        }
        wipe_private_parts(file.keys);
        file.keys = std::move(edit->keys);
        if (const auto fault = find_fault(file.keys)) {
            return refused(directory_.path() + ": " + *fault);
        }
        // The audit file is checked before anything is written, because no change is made that
        // cannot be recorded there.
        if (auto sound = directory_.check(kAuditName); !sound) {
            return sound;
        }
        ++file.epoch;
        if (file.audit.empty()) {
            file.audit_bytes = directory_.size_of(kAuditName);
        }
        for (const KeyAudit& row : edit->audit) {
            file.audit += write_audit_line(row, file.epoch, now_s());
        }
        if (auto written = write(file); !written) {
            return written;
        }
        if (const auto finished = finish(file); !finished) {
            tell(finished.error().log_detail);  // the change was made nevertheless
        }
        return {};
    };
    auto done = apply();
    wipe_private_parts(view.keys);
    wipe_private_parts(file.keys);
    return done;
}

namespace {

KeyLoad failure(const Error& error) {
    KeyLoad load;
    load.errors.push_back(error.log_detail);
    return load;
}

// Makes the first key, and the next one if keys rotate.
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

// Returns whether the key was made here, and not by another process meanwhile. It is made under the
// lock, because other processes that start at the same time have to wait for it anyway.
Result<bool> make_first(DirectoryHome& home, const KeyFilesOptions& options) {
    bool made = false;
    const auto changed = home.change([&](const KeyView& view) -> Result<KeyHome::Edit> {
        if (!view.keys.empty()) {
            return KeyHome::Edit{};
        }
        auto edit = make_keys(options, view.now_s);
        if (!edit) {
            return refused(home.path() + ": " + edit.error().log_detail);
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
    auto judged = (*home)->judge(kStrays, Judged::by_use);
    if (judged.faults.empty() && judged.view.keys.empty()) {
        if (options.read_only) {
            return load;
        }
        const auto made = make_first(**home, options);
        if (!made) {
            return failure(made.error());
        }
        load.generated = *made;
        judged = (*home)->judge(kStrays, Judged::by_use);
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
        return failure(refused(options.directory + ": " + set.error().log_detail));
    }
    if (load.errors.empty()) {
        load.keys = std::move(*set);
        if (judged.is_old && !options.read_only) {
            // If the directory cannot be written to, it stays as it is and its keys do not rotate.
            static_cast<void>((*home)->take_over());
        }
    }
    return load;
}

}  // namespace signet::keys
