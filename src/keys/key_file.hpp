#pragma once

#include <signet/domain/signing_key.hpp>
#include <signet/ports/key_home.hpp>
#include <signet/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The text of keys.json.
namespace signet::keys {

inline constexpr const char* kKeyFileName = "keys.json";
inline constexpr const char* kAuditName = "audit.jsonl";
// Revoked keys stay as a record for a while, so there may be many of them.
inline constexpr std::size_t kStoredKeysMax = 256;
inline constexpr std::size_t kKeyFileBytesMax = std::size_t{1024} * 1024;

struct KeyFile {
    std::uint64_t epoch = 0;
    StoredKeys keys;

    // What is still to be done for the last change, in case a crash interrupts it.
    std::int64_t audit_bytes = 0;       // the size of audit.jsonl before that change
    std::string audit;                  // the lines to append to it
    std::vector<std::string> obsolete;  // files of an earlier form, which are to be deleted

    bool is_finished() const { return audit.empty() && obsolete.empty(); }
};

// Returns the text of keys.json. It holds private keys, and the caller wipes it.
std::string write_key_file(const KeyFile& file);

// Reads the text of keys.json. The error is key_unusable, with half a sentence in log_detail. The
// caller wipes the private parts.
Result<KeyFile> read_key_file(std::string_view json);

// Until version 0.2 each key was a PEM file, and keys.json (the manifest) said which of them count.
struct OldManifest {
    std::uint64_t epoch = 0;
    StoredKeys keys;                 // without parts, except the public ones of revoked keys
    std::vector<std::string> files;  // the file of each key; empty for a revoked one
};

inline constexpr const char* kOldJournalName = ".changing";

// Returns whether keys.json is a manifest. A damaged text is none.
bool is_old_manifest(std::string_view json);
// Reads a manifest. The error is that of read_key_file(). No name of a file leads to another
// directory.
Result<OldManifest> read_old_manifest(std::string_view json);

// What a change of an old directory recorded before it began. The change was made if the manifest
// has reached `epoch`.
struct OldJournal {
    std::uint64_t epoch = 0;
    std::vector<std::string> written;   // its new files
    std::vector<std::string> obsolete;  // the files that it was to delete
    std::int64_t audit_bytes = 0;
    std::string audit;
};
// Reads a journal. The error is that of read_key_file().
Result<OldJournal> read_old_journal(std::string_view json);

// Returns one line of audit.jsonl, with its line feed.
std::string write_audit_line(const KeyAudit& row, std::uint64_t epoch, std::int64_t now_s);

}  // namespace signet::keys
