#pragma once

#include "keys/key_directory.hpp"
#include "keys/key_file.hpp"
#include "keys/key_gate.hpp"
#include "keys/rotation.hpp"

#include <signet/ports/key_home.hpp>
#include <signet/ports/system.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace signet::keys {

struct DirectoryHomeOptions {
    std::string directory;  // AUTH_KEYS_DIR
    // Is called with whole sentences about what is wrong but stops nothing, such as a .pem file
    // that nothing uses, or work that could not be finished after a change.
    std::function<void(const std::string&)> on_notice;
    const Clock* clock = nullptr;  // the system's, if none is given
    // Tests use it to be called before each step of a change: write, rename, flush, audit, delete.
    KeyDirectory::StepHook before_step;
};

// The keys of one machine, in keys.json of a directory under the rules of KeyDirectory. A change
// replaces that file under the lock of the directory, so a crash leaves the keys from before or
// after it. Then it appends to audit.jsonl; keys.json says what is left to do, and whoever comes
// next does it. Directories of earlier versions are read too (old_directory.hpp), and the first
// change takes them over. load() and epoch() take no lock and write nothing, unless a crash left
// work.
class DirectoryHome final : public KeyHome {
public:
    // Makes the directory if it is missing.
    static Result<std::unique_ptr<DirectoryHome>> open(DirectoryHomeOptions options);

    Result<KeyView> load() override;
    // Reads keys.json, a few kilobytes.
    Result<std::uint64_t> epoch() override;
    // Only sleeps, because a directory does not notify of changes.
    bool wait(std::chrono::milliseconds timeout) override;
    Result<void> change(const Change& change) override;

    // Writes the keys of a directory of an earlier version to keys.json and deletes its files.
    // Does nothing if there is no such directory.
    Result<void> take_over();

    // Whether .pem files that nothing uses are faults: no server starts beside them, but they stop
    // no command of an operator.
    enum class Strays : bool { pass, are_faults };
    using Judged = keys::Judged;
    // The keys, and everything that is wrong with the directory, in whole sentences that name the
    // file. If there are no faults, every key of the view has passed. A key in keys.json went
    // through the gate when it was added, so before serving it is judged by_use. The caller wipes
    // the private parts.
    struct Judgement {
        KeyView view;
        std::vector<std::string> faults;
        bool is_old = false;  // a directory of an earlier version, or one without keys
    };
    Judgement judge(Strays strays, Judged judged);
    // Returns only the faults, with all keys judged by the gate.
    std::vector<std::string> find_faults(Strays strays);

    const std::string& path() const { return directory_.path(); }

private:
    // Tells one state of the directory from another.
    struct Stamp {
        std::int64_t directory_ns = -1;
        std::string digest;  // of keys.json; empty if there is none
        friend bool operator==(const Stamp&, const Stamp&) = default;
    };
    struct Reading {
        Stamp stamp;
        bool is_old = false;  // a directory of an earlier version, or one without keys
        KeyFile file;
        std::vector<std::string> errors;
        std::vector<std::string> strays;
    };

    DirectoryHome(KeyDirectory directory, DirectoryHomeOptions options)
        : directory_(std::move(directory)), options_(std::move(options)) {}

    std::int64_t now_s() const;
    void tell(const std::string& notice) const;
    void step(std::string_view name) const;

    // Reads a directory as it was at one moment, although another process may change it.
    Result<Reading> read(Judged judged) const;
    Result<Reading> read_once(Judged judged) const;
    void read_key_text(Reading& reading, std::string_view text, Judged judged) const;
    void note_strays(Reading& reading, const std::vector<std::string>& names) const;
    Result<void> write(const KeyFile& file) const;
    Result<void> change_locked(const Change& change) const;
    // Does what the last change left to do. The caller holds the lock.
    Result<void> finish(KeyFile& file) const;
    // Does the same if a crash interrupted the last change. A failure is reported to on_notice.
    void finish_interrupted(const KeyFile& file) const;

    KeyDirectory directory_;
    DirectoryHomeOptions options_;
    Stamp stamp_;
    std::uint64_t epoch_ = 0;
};

struct KeyFilesOptions {
    std::string directory;                              // AUTH_KEYS_DIR
    unsigned generated_bits = tokens::kRsaBitsDefault;  // AUTH_RSA_BITS
    std::string generated_alg{tokens::kAlg};            // AUTH_SIGNING_ALG
    // If keys rotate, the next key is made together with the first one, so that the JWKS does not
    // change shortly after the first start.
    RotationPolicy policy = {};
    // Makes no key and takes no directory over, for whoever only looks.
    bool read_only = false;
};

// Loads the keys of a directory before serving, under all the rules of DirectoryHome. A directory
// of an earlier version is taken over if it can be written to. If the directory is missing or
// empty, the first key is made; of several processes that start at once, one makes it. This is slow
// if a key is made, or was put there by hand and has to pass the gate.
KeyLoad load_key_files(const KeyFilesOptions& options);

}  // namespace signet::keys
