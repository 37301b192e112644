#include "keys/directory_home.hpp"
#include "keys/key_file_name.hpp"
#include "keys/stored_edit.hpp"
#include "tokens/key_pair.hpp"

#include <algorithm>
#include <utility>

// How a DirectoryHome changes.
namespace signet::keys {
namespace {

Error refused(std::string sentence) {
    return {Errc::key_unusable, std::move(sentence)};
}

// What no caller may make of the keys, whatever it decided.
std::optional<std::string> find_fault(const StoredKeys& keys) {
    if (keys.size() > kManifestRowsMax) {
        return "there would be more than " + std::to_string(kManifestRowsMax) + " keys";
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

const ManifestRow* find_row(const Manifest& manifest, std::string_view kid) {
    const auto found = std::ranges::find_if(
        manifest.rows, [kid](const ManifestRow& row) { return row.life.kid == kid; });
    return found == manifest.rows.end() ? nullptr : &*found;
}

bool has_file(const Manifest& manifest, const std::string& name) {
    return std::ranges::find(manifest.rows, name, &ManifestRow::file) != manifest.rows.end();
}

// A file that a change writes: its text is that of the key, which outlives it.
struct NewFile {
    std::string name;
    const std::string* text = nullptr;
};

struct ChangePlan {
    Manifest manifest;
    std::vector<NewFile> files;
    Journal journal;
};

bool is_same_key(const StoredKey& a, const StoredKey& b) {
    return a.life.state == b.life.state && a.public_part == b.public_part &&
           a.private_part == b.private_part;
}

Result<std::string> name_for(const StoredKey& key) {
    if (key.life.foreign) {
        return write_foreign_file_name(key.life.kid);
    }
    const auto half = tokens::KeyPair::from_public_pem(key.public_part);
    if (!half) {
        return refused("the key " + key.life.kid + " has no public part that can be read");
    }
    return write_key_file_name(key.life.state, half->thumbprint());
}

Result<ChangePlan> plan_change(const Manifest& before, const StoredKeys& old_keys,
                               const StoredKeys& keys) {
    ChangePlan plan;
    plan.manifest.epoch = before.epoch + 1;
    plan.journal.epoch = plan.manifest.epoch;
    for (const StoredKey& key : keys) {
        ManifestRow row{key.life, {}, {}};
        const ManifestRow* old_row = find_row(before, key.life.kid);
        const bool kept = std::ranges::any_of(old_keys, [&key](const StoredKey& old) {
            return old.life.kid == key.life.kid && is_same_key(old, key);
        });
        if (key.life.state == KeyState::revoked) {
            row.public_part = key.public_part;
        } else if (kept && old_row != nullptr) {
            row.file = old_row->file;
        } else {
            auto name = name_for(key);
            if (!name) {
                return name.error();
            }
            if (has_file(plan.manifest, *name)) {
                return refused("the key " + key.life.kid + " is there under another kid already");
            }
            row.file = std::move(*name);
            plan.files.push_back(
                {row.file, key.private_part.empty() ? &key.public_part : &key.private_part});
            if (!has_file(before, row.file)) {
                plan.journal.written.push_back(row.file);
            }
        }
        plan.manifest.rows.push_back(std::move(row));
    }
    for (const ManifestRow& row : before.rows) {
        if (!row.file.empty() && !has_file(plan.manifest, row.file)) {
            plan.journal.obsolete.push_back(row.file);
        }
    }
    return plan;
}

}  // namespace

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

// Everything after keys.json, or what undoes everything before it. Done twice it is the same as
// done once.
Result<void> DirectoryHome::end(const Journal& journal, bool happened) const {
    for (const std::string& name : happened ? journal.obsolete : journal.written) {
        step("remove");
        if (auto removed = directory_.remove(name); !removed) {
            return removed;
        }
    }
    if (happened) {
        step("audit");
        auto appended =
            directory_.append_at(std::string(kAuditName), journal.audit_bytes, journal.audit);
        if (!appended) {
            return appended;
        }
    }
    step("end");
    return directory_.remove(std::string(kJournalName));
}

// Hold the lock, or else a change that is under way is taken for one that was interrupted. Keys
// that have changed count, also while what comes after them cannot be ended.
Result<void> DirectoryHome::end_interrupted() const {
    const std::string name(kJournalName);
    const auto there = directory_.read_if_there(name, kManifestBytesMax);
    if (!there) {
        return there.error();
    }
    if (!*there) {
        return {};
    }
    const auto lock = directory_.try_lock();
    if (!lock) {
        return lock.error();
    }
    return lock->valid() ? end_interrupted_locked(Tail::may_wait) : Result<void>();
}

Result<void> DirectoryHome::end_interrupted_locked(Tail tail) const {
    const std::string name(kJournalName);
    directory_.remove_leftovers();
    const auto file = directory_.read_if_there(name, kManifestBytesMax);
    if (!file) {
        return file.error();
    }
    if (!*file) {
        return {};
    }
    const auto journal = read_journal((*file)->text);
    const auto stamp = take_stamp();
    if (!journal || !stamp) {
        return journal ? stamp.error()
                       : refused(directory_.path_of(name) + ": " + journal.error().log_detail);
    }
    std::uint64_t epoch = 0;
    if (stamp->manifest) {
        const auto manifest = read_manifest(*stamp->manifest);
        if (!manifest) {
            return refused(directory_.path_of(std::string(kManifestName)) + ": " +
                           manifest.error().log_detail);
        }
        epoch = manifest->epoch;
    }
    const bool happened = epoch >= journal->epoch;
    auto ended = end(*journal, happened);
    if (!ended && happened && tail == Tail::may_wait) {
        tell(ended.error().log_detail);
        return {};
    }
    return ended;
}

Result<void> DirectoryHome::write_down(const Reading& before, const Edit& edit) const {
    auto plan = plan_change(before.manifest, before.keys, edit.keys);
    if (!plan) {
        return refused(directory_.path() + ": " + plan.error().log_detail);
    }
    // Before anything is written: a change that cannot be written down is none.
    if (auto sound = directory_.check(std::string(kAuditName)); !sound) {
        return sound;
    }
    plan->journal.audit_bytes = directory_.size_of(std::string(kAuditName));
    for (const KeyAudit& row : edit.audit) {
        plan->journal.audit += write_audit_line(row, plan->journal.epoch, now_s());
    }
    step("journal");
    if (auto done = directory_.write(std::string(kJournalName), write_journal(plan->journal));
        !done) {
        return done;
    }
    for (const NewFile& file : plan->files) {
        step("file");
        if (auto done = directory_.write(file.name, *file.text); !done) {
            static_cast<void>(end(plan->journal, false));
            return done;
        }
    }
    step("manifest");
    if (auto done = directory_.write(std::string(kManifestName), write_manifest(plan->manifest));
        !done) {
        // Whether it happened is for the next one to see, who reads what is there.
        return done;
    }
    if (const auto ended = end(plan->journal, true); !ended) {
        tell(ended.error().log_detail);  // It has happened; the rest is for the next one to do.
    }
    return {};
}

Result<void> DirectoryHome::change(const Change& change) {
    const auto lock = directory_.lock();
    if (!lock) {
        return lock.error();
    }
    if (auto ended = end_interrupted_locked(Tail::must_end); !ended) {
        return ended;
    }
    Stamp stamp;
    auto reading = read_sound(stamp);
    if (!reading) {
        return reading.error();
    }
    KeyView view{reading->keys, reading->manifest.epoch, now_s()};
    auto edit = change(view);
    Result<void> done;
    if (!edit) {
        done = edit.error();
    } else if (!edit->audit.empty()) {
        const auto fault = find_fault(edit->keys);
        done = fault ? Result<void>(refused(directory_.path() + ": " + *fault))
                     : write_down(*reading, *edit);
        wipe_private_parts(edit->keys);
    }
    wipe_private_parts(view.keys);
    wipe_private_parts(reading->keys);
    return done;
}

}  // namespace signet::keys
