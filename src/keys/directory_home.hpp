#pragma once

#include "keys/key_directory.hpp"
#include "keys/key_manifest.hpp"

#include <signet/ports/key_home.hpp>
#include <signet/ports/system.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::keys {

struct DirectoryHomeOptions {
    std::string directory;  // AUTH_KEYS_DIR
    // Told about what is wrong and stops nothing: a .pem file that no key of the manifest refers
    // to, a change that has happened and whose audit line could not be written. A whole sentence.
    std::function<void(const std::string&)> on_notice;
    const Clock* clock = nullptr;  // the system's, if none is given
    // For tests: called before each step of a change that reaches the disk: journal, file,
    // manifest, remove, audit, end.
    std::function<void(std::string_view)> before_step;
};

// The keys of one machine: a file <state>-<thumbprint>.pem a key, and keys.json, which says which
// of them count and holds their lives. A change writes down what it is about to do (.changing),
// then new files, then keys.json, which is the moment it happens, then removes what is left over
// and appends to audit.jsonl; whoever comes next after a crash ends it. A directory of the first
// version (no keys.json) is read as it is: states from the names, times from the files, and one
// .pem of any other name is the active key. Its first change writes keys.json. Every file is under
// the rules of KeyDirectory. load() and epoch() take no lock and write nothing, unless a crash left
// something to end.
class DirectoryHome final : public KeyHome {
public:
    // Makes the directory when it is missing.
    static Result<std::unique_ptr<DirectoryHome>> open(DirectoryHomeOptions options);

    Result<KeyView> load() override;
    // Reads keys.json, a few kilobytes.
    Result<std::uint64_t> epoch() override;
    // Sleeps: nobody hints.
    bool wait(std::chrono::milliseconds timeout) override;
    Result<void> change(const Change& change) override;

    // How closely a key is looked at: only read; looked at and tried, some milliseconds; or let
    // through the gate, up to a tenth of a second.
    enum class Judged : std::uint8_t { no, by_use, by_gate };

    // The keys, and everything that is wrong with the directory: a whole sentence each, with the
    // file's name. Without faults every key of the view has passed. Judged by_use, the gate is for
    // those that keys.json does not vouch for: a key that it lists passed when it came, and is the
    // same while its thumbprint is. Before serving. Files that no key refers to are a fault where
    // `strays` says so: nobody shall serve beside them, but they stop no command. Wipe the private
    // parts after use.
    enum class Strays : bool { pass, are_faults };
    struct Judgement {
        KeyView view;
        std::vector<std::string> faults;
    };
    Judgement judge(Strays strays, Judged judged);
    // The faults alone, judged by the gate.
    std::vector<std::string> find_faults(Strays strays);

    const std::string& path() const { return directory_.path(); }

private:
    // What a look at the directory found out. The manifest's text, or none in a directory of the
    // first version, tells one state from another.
    struct Stamp {
        std::int64_t directory_ns = -1;
        std::optional<std::string> manifest;
        std::optional<std::string> journal;  // a change is under way
        friend bool operator==(const Stamp&, const Stamp&) = default;
    };
    struct Reading {
        Manifest manifest;
        StoredKeys keys;
        std::vector<std::string> errors;
        std::vector<std::string> strays;  // a sentence each
    };
    // Whether what follows on a change that has happened may be left for later.
    enum class Tail : bool { must_end, may_wait };

    DirectoryHome(KeyDirectory directory, DirectoryHomeOptions options)
        : directory_(std::move(directory)), options_(std::move(options)) {}

    std::int64_t now_s() const;
    Result<Stamp> take_stamp() const;
    Result<Reading> read(const Stamp& stamp, Judged judged) const;
    Result<Reading> read_steady(Judged judged, Stamp& stamp) const;
    // The same, where nothing that is wrong with a file is let pass.
    Result<Reading> read_sound(Stamp& stamp) const;
    void read_manifest_keys(Reading& reading, Judged judged) const;
    void read_first_version(Reading& reading, const Stamp& stamp) const;
    Result<StoredKey> read_file(const std::string& name, Judged judged,
                                std::int64_t* modified_at_s) const;
    void find_strays(Reading& reading) const;

    void tell(const std::string& notice) const;
    void step(std::string_view name) const;
    // Ends what a crash left, unless somebody else is at work.
    Result<void> end_interrupted() const;
    Result<void> end_interrupted_locked(Tail tail) const;
    Result<void> end(const Journal& journal, bool happened) const;
    Result<void> write_down(const Reading& before, const Edit& edit) const;

    KeyDirectory directory_;
    DirectoryHomeOptions options_;
    Stamp stamp_;
    std::uint64_t epoch_ = 0;
};

}  // namespace signet::keys
