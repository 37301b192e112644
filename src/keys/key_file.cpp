#include "keys/key_file.hpp"

#include "base/json.hpp"
#include "base/system.hpp"
#include "keys/stored_keys.hpp"
#include "tokens/key_set.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

namespace signet::keys {
namespace {

using boost::json::value;

// Manifests of earlier releases count as version 1, and have no such member.
constexpr std::int64_t kVersion = 2;
// The most bytes that a row takes beside its kid and its parts.
constexpr std::size_t kRowBytes = 512;

constexpr std::string_view kBadRoot = "a member is missing or of the wrong type";
constexpr std::string_view kBadRow = "a member of a key is missing or of the wrong type";

Error damaged(std::string_view what) {
    return {Errc::key_unusable, "is damaged: " + std::string(what)};
}

Error no_json() {
    return damaged("it is no JSON text");
}

// Reads the members of one object. Once a member is missing or of another type, sound() is false.
class Members {
public:
    explicit Members(const value& from) : object_(from.if_object()) {}

    bool sound() const { return sound_ && object_ != nullptr; }
    bool has(std::string_view name) const { return find(name) != nullptr; }

    std::string text(std::string_view name) {
        const value* found = find(name);
        if (found == nullptr || !found->is_string()) {
            sound_ = false;
            return {};
        }
        return {found->get_string().data(), found->get_string().size()};
    }
    std::int64_t number(std::string_view name) {
        const auto found = number_or_null(name);
        sound_ = sound_ && found;
        return found.value_or(0);
    }
    std::optional<std::int64_t> number_or_null(std::string_view name) {
        const value* found = find(name);
        if (found == nullptr || !(found->is_int64() || found->is_null())) {
            sound_ = false;
            return std::nullopt;
        }
        return found->is_null() ? std::nullopt : std::optional(found->get_int64());
    }
    bool flag(std::string_view name) {
        const value* found = find(name);
        sound_ = sound_ && found != nullptr && found->is_bool();
        return sound_ && found->get_bool();
    }
    KeyState state(std::string_view name) {
        const auto state = read_key_state(text(name));
        sound_ = sound_ && state;
        return state.value_or(KeyState::revoked);
    }
    std::span<const value> list(std::string_view name) {
        const value* found = find(name);
        sound_ = sound_ && found != nullptr && found->is_array();
        return sound_ ? std::span<const value>(found->get_array()) : std::span<const value>();
    }
    std::vector<std::string> texts(std::string_view name) {
        std::vector<std::string> out;
        for (const value& each : list(name)) {
            sound_ = sound_ && each.is_string();
            out.emplace_back(each.is_string() ? std::string_view(each.get_string()) : "");
        }
        return out;
    }

private:
    const value* find(std::string_view name) const {
        return object_ == nullptr ? nullptr : object_->if_contains(name);
    }

    const boost::json::object* object_;
    bool sound_ = true;
};

std::optional<value> parse(std::string_view json) {
    JsonLimits limits;
    limits.elements_max = kStoredKeysMax;
    auto read = read_json(json, limits, wiping_storage());
    auto* const root = std::get_if<value>(&read);
    return root == nullptr ? std::nullopt : std::optional(std::move(*root));
}

void write_key(JsonWriter& json, const StoredKey& key) {
    const KeyLife& life = key.life;
    json.begin_object()
        .member("kid", life.kid)
        .member("alg", life.alg)
        .member("state", signet::to_string(life.state))
        .member("foreign", life.foreign)
        .member("createdAt", life.created_at_s)
        .member("publishedAt", life.published_at_s)
        .member("activeAfter", life.active_after_s)
        .member("activatedAt", life.activated_at_s)
        .member("retiredAt", life.retired_at_s)
        .member("removeAfter", life.remove_after_s)
        .member("tokensTtl", life.tokens_ttl_s)
        .member("publicPart", key.public_part)
        .member("privatePart", key.private_part)
        .end_object();
}

// Reads everything but the private part, which a manifest does not have.
StoredKey read_row(Members& members) {
    StoredKey key;
    KeyLife& life = key.life;
    life.kid = members.text("kid");
    life.alg = members.text("alg");
    life.state = members.state("state");
    life.foreign = members.flag("foreign");
    life.created_at_s = members.number("createdAt");
    life.published_at_s = members.number("publishedAt");
    life.active_after_s = members.number("activeAfter");
    life.activated_at_s = members.number_or_null("activatedAt");
    life.retired_at_s = members.number_or_null("retiredAt");
    life.remove_after_s = members.number_or_null("removeAfter");
    life.tokens_ttl_s = members.number("tokensTtl");
    key.public_part = members.text("publicPart");
    return key;
}

std::optional<Error> find_double(const StoredKeys& keys) {
    for (const KeyState state : {KeyState::active, KeyState::next}) {
        const auto is_in_it = [state](const StoredKey& key) { return key.life.state == state; };
        if (std::ranges::count_if(keys, is_in_it) > 1) {
            return damaged("two keys are " + std::string(signet::to_string(state)));
        }
    }
    return std::nullopt;
}

// Whether the name is that of a PEM file within the directory, and not of a hidden file of
// Signet's.
bool is_pem_name(std::string_view name) {
    return name.ends_with(".pem") && name.find('/') == std::string_view::npos &&
           !name.starts_with('.');
}

bool is_old_file(std::string_view name) {
    return name == kOldJournalName || is_pem_name(name);
}

}  // namespace

std::string write_key_file(const KeyFile& file) {
    std::size_t bytes = kRowBytes + 2 * file.audit.size();
    for (const StoredKey& key : file.keys) {
        bytes += kRowBytes +
                 2 * (key.life.kid.size() + key.public_part.size() + key.private_part.size());
    }
    for (const std::string& name : file.obsolete) {
        bytes += kRowBytes + 2 * name.size();
    }
    JsonWriter json;
    json.reserve(bytes);  // memory that a growing string gives back is not wiped
    json.begin_object().member("version", kVersion).member("epoch", file.epoch);
    json.key("keys").begin_array();
    for (const StoredKey& key : file.keys) {
        json.break_line();
        write_key(json, key);
    }
    json.break_line().end_array();
    json.member("auditBytes", file.audit_bytes)
        .member("audit", file.audit)
        .member("obsolete", file.obsolete)
        .end_object();
    return json.take() + '\n';
}

Result<KeyFile> read_key_file(std::string_view json) {
    const auto root = parse(json);
    if (!root) {
        return no_json();
    }
    Members members(*root);
    if (members.number("version") != kVersion) {
        return damaged("it has no version, or one that this release does not know");
    }
    KeyFile file;
    file.epoch = static_cast<std::uint64_t>(members.number("epoch"));
    file.audit_bytes = members.number("auditBytes");
    file.audit = members.text("audit");
    file.obsolete = members.texts("obsolete");
    std::optional<Error> fault;
    for (const value& each : members.list("keys")) {
        Members row(each);
        file.keys.push_back(read_row(row));
        file.keys.back().private_part = row.text("privatePart");
        fault = row.sound() ? fault : damaged(kBadRow);
    }
    fault = fault ? fault : find_double(file.keys);
    if (!members.sound() || !std::ranges::all_of(file.obsolete, is_old_file)) {
        fault = damaged(kBadRoot);
    }
    if (fault) {
        wipe_private_parts(file.keys);
        return std::move(*fault);
    }
    return file;
}

bool is_old_manifest(std::string_view json) {
    const auto root = parse(json);
    return root && root->is_object() && !Members(*root).has("version") &&
           Members(*root).has("epoch");
}

Result<OldManifest> read_old_manifest(std::string_view json) {
    const auto root = parse(json);
    if (!root) {
        return no_json();
    }
    Members members(*root);
    OldManifest manifest;
    manifest.epoch = static_cast<std::uint64_t>(members.number("epoch"));
    for (const value& each : members.list("keys")) {
        Members row(each);
        manifest.keys.push_back(read_row(row));
        manifest.files.push_back(row.text("file"));
        if (!row.sound()) {
            return damaged(kBadRow);
        }
        if (manifest.keys.back().life.state != KeyState::revoked &&
            !is_pem_name(manifest.files.back())) {
            return damaged("a key has no file");
        }
    }
    if (!members.sound()) {
        return damaged(kBadRoot);
    }
    auto fault = find_double(manifest.keys);
    return fault ? Result<OldManifest>(std::move(*fault)) : manifest;
}

Result<OldJournal> read_old_journal(std::string_view json) {
    const auto root = parse(json);
    if (!root) {
        return no_json();
    }
    Members members(*root);
    OldJournal journal;
    journal.epoch = static_cast<std::uint64_t>(members.number("epoch"));
    journal.written = members.texts("written");
    journal.obsolete = members.texts("obsolete");
    journal.audit_bytes = members.number("auditBytes");
    journal.audit = members.text("audit");
    if (!members.sound() || !std::ranges::all_of(journal.written, is_pem_name) ||
        !std::ranges::all_of(journal.obsolete, is_pem_name)) {
        return damaged(kBadRoot);
    }
    return journal;
}

std::string write_audit_line(const KeyAudit& row, std::uint64_t epoch, std::int64_t now_s) {
    JsonWriter json;
    json.begin_object()
        .member("at", rfc3339(now_s))
        .member("epoch", epoch)
        .member("actor", row.actor)
        .member("action", row.action)
        .member("kid", row.kid)
        .member("detail", row.detail)
        .end_object();
    return json.take() + '\n';
}

}  // namespace signet::keys
