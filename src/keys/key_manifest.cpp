#include "keys/key_manifest.hpp"

#include "base/json.hpp"
#include "base/system.hpp"
#include "tokens/key_set.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

namespace signet::keys {
namespace {

using boost::json::object;
using boost::json::value;

JsonLimits limits() {
    JsonLimits out;
    out.elements_max = kManifestRowsMax;
    return out;
}

Error damaged(std::string what) {
    return {Errc::key_unusable, "is damaged: " + std::move(what)};
}

std::string written(const std::optional<std::int64_t>& time_s) {
    return time_s ? std::to_string(*time_s) : "null";
}

std::string write_names(std::span<const std::string> names) {
    std::string out = "[";
    for (const std::string& name : names) {
        out += (out.size() > 1 ? "," : "") + json_quote(name);
    }
    return out + ']';
}

std::string write_row(const ManifestRow& row) {
    const KeyLife& life = row.life;
    std::string out = "{\"kid\":" + json_quote(life.kid) + ",\"alg\":" + json_quote(life.alg);
    out += ",\"state\":" + json_quote(signet::to_string(life.state));
    out += std::string(",\"foreign\":") + (life.foreign ? "true" : "false");
    out += ",\"createdAt\":" + std::to_string(life.created_at_s);
    out += ",\"publishedAt\":" + std::to_string(life.published_at_s);
    out += ",\"activeAfter\":" + std::to_string(life.active_after_s);
    out += ",\"activatedAt\":" + written(life.activated_at_s);
    out += ",\"retiredAt\":" + written(life.retired_at_s);
    out += ",\"removeAfter\":" + written(life.remove_after_s);
    out += ",\"tokensTtl\":" + std::to_string(life.tokens_ttl_s);
    out += ",\"file\":" + json_quote(row.file);
    out += ",\"publicPart\":" + json_quote(row.public_part);
    out += '}';
    return out;
}

// Reads the members of one object; once one is missing or of another type, it is not sound.
class Members {
public:
    explicit Members(const value& from) : object_(from.if_object()) {}

    bool sound() const { return sound_ && object_ != nullptr; }

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
    const boost::json::array& list(std::string_view name) {
        static const boost::json::array none;
        const value* found = find(name);
        sound_ = sound_ && found != nullptr && found->is_array();
        return sound_ ? found->get_array() : none;
    }
    std::vector<std::string> names(std::string_view name);

private:
    const value* find(std::string_view name) const {
        return object_ == nullptr ? nullptr : object_->if_contains(name);
    }

    const object* object_;
    bool sound_ = true;
};

// A name that stays within the directory and is none of our own files.
bool is_key_file_name(std::string_view name) {
    return name.ends_with(".pem") && name.find('/') == std::string_view::npos &&
           !name.starts_with('.');
}

std::vector<std::string> Members::names(std::string_view name) {
    std::vector<std::string> out;
    for (const value& each : list(name)) {
        const std::string_view text =
            each.is_string() ? std::string_view(each.get_string()) : std::string_view();
        sound_ = sound_ && is_key_file_name(text);
        out.emplace_back(text);
    }
    return out;
}

Result<ManifestRow> read_row(const value& from) {
    Members members(from);
    ManifestRow row;
    KeyLife& life = row.life;
    life.kid = members.text("kid");
    life.alg = members.text("alg");
    const auto state = read_key_state(members.text("state"));
    life.foreign = members.flag("foreign");
    life.created_at_s = members.number("createdAt");
    life.published_at_s = members.number("publishedAt");
    life.active_after_s = members.number("activeAfter");
    life.activated_at_s = members.number_or_null("activatedAt");
    life.retired_at_s = members.number_or_null("retiredAt");
    life.remove_after_s = members.number_or_null("removeAfter");
    life.tokens_ttl_s = members.number("tokensTtl");
    row.file = members.text("file");
    row.public_part = members.text("publicPart");
    if (!members.sound() || !state) {
        return damaged("a member of a key is missing or of the wrong type");
    }
    life.state = *state;
    if (*state != KeyState::revoked && !is_key_file_name(row.file)) {
        return damaged("a key has no file");
    }
    return row;
}

}  // namespace

std::string write_manifest(const Manifest& manifest) {
    std::string out = "{\"epoch\":" + std::to_string(manifest.epoch) + ",\"keys\":[";
    for (const ManifestRow& row : manifest.rows) {
        out += (&row == manifest.rows.data() ? "\n" : ",\n") + write_row(row);
    }
    return out + "\n]}\n";
}

Result<Manifest> read_manifest(std::string_view json) {
    const auto read = read_json(json, limits());
    const auto* root = std::get_if<value>(&read);
    if (root == nullptr) {
        return damaged("it is no JSON text");
    }
    Members members(*root);
    Manifest manifest;
    manifest.epoch = static_cast<std::uint64_t>(members.number("epoch"));
    for (const value& each : members.list("keys")) {
        auto row = read_row(each);
        if (!row) {
            return row.error();
        }
        manifest.rows.push_back(std::move(*row));
    }
    if (!members.sound()) {
        return damaged("epoch or keys is missing");
    }
    for (const KeyState state : {KeyState::active, KeyState::next}) {
        const auto is_in_it = [state](const ManifestRow& row) { return row.life.state == state; };
        if (std::ranges::count_if(manifest.rows, is_in_it) > 1) {
            return damaged("two keys are " + std::string(signet::to_string(state)));
        }
    }
    return manifest;
}

std::string write_journal(const Journal& journal) {
    return "{\"epoch\":" + std::to_string(journal.epoch) +
           ",\"written\":" + write_names(journal.written) +
           ",\"obsolete\":" + write_names(journal.obsolete) +
           ",\"auditBytes\":" + std::to_string(journal.audit_bytes) +
           ",\"audit\":" + json_quote(journal.audit) + "}\n";
}

Result<Journal> read_journal(std::string_view json) {
    const auto read = read_json(json, limits());
    const auto* root = std::get_if<value>(&read);
    if (root == nullptr) {
        return damaged("it is no JSON text");
    }
    Members members(*root);
    Journal journal;
    journal.epoch = static_cast<std::uint64_t>(members.number("epoch"));
    journal.written = members.names("written");
    journal.obsolete = members.names("obsolete");
    journal.audit_bytes = members.number("auditBytes");
    journal.audit = members.text("audit");
    if (!members.sound()) {
        return damaged("a member is missing or of the wrong type");
    }
    return journal;
}

std::string write_audit_line(const KeyAudit& row, std::uint64_t epoch, std::int64_t now_s) {
    return "{\"at\":" + json_quote(rfc3339(now_s)) + ",\"epoch\":" + std::to_string(epoch) +
           ",\"actor\":" + json_quote(row.actor) + ",\"action\":" + json_quote(row.action) +
           ",\"kid\":" + json_quote(row.kid) + ",\"detail\":" + json_quote(row.detail) + "}\n";
}

}  // namespace signet::keys
