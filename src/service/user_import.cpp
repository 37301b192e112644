#include "base/ascii.hpp"
#include "base/json_tree.hpp"
#include "base/system.hpp"

#include <signet/service/user_import.hpp>

#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <variant>
#include <vector>

namespace signet {
namespace {

constexpr std::size_t kMetadataDepthMax = 32;

struct Refusal {
    std::string_view code;
    std::string reason;
};
using Judged = std::variant<ImportedUser, Refusal>;

std::string name_of(const ForeignUser& user) {
    return user.username ? *user.username : user.email.value_or(user.id.value_or(""));
}

// White space around a name is cut, and an empty one is none, as at a signup.
std::optional<std::string_view> trimmed(const std::optional<std::string>& name) {
    const std::string_view text = name ? trim_white_space(*name) : std::string_view();
    return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<Text> to_username(std::string_view name) {
    const bool good = count_code_points(name) <= kImportUsernameCodePointsMax &&
                      !has_control_character(name) && !Uuid::parse(name);
    return good ? Text::from(name) : std::nullopt;
}

std::optional<Text> to_email(std::string_view address) {
    const std::size_t at = address.rfind('@');
    const bool good = at != std::string_view::npos && at > 0 && at + 1 < address.size() &&
                      address.size() <= kEmailBytesMax && !has_control_character(address) &&
                      address.find(' ') == std::string_view::npos;
    return good ? Text::from(address) : std::nullopt;
}

std::optional<Text> to_metadata(const std::string& json) {
    if (json.empty()) {
        return Text::from("{}");
    }
    const auto node = json.size() <= kImportMetadataBytesMax
                          ? read_json_tree(json, kMetadataDepthMax)
                          : std::nullopt;
    return node && node->kind == JsonNode::Kind::object ? Text::from(json) : std::nullopt;
}

class Import {
public:
    Import(const ImportOrder& order, const ImportPorts& ports, const RolePolicy& policy,
           const ImportWatch& watch)
        : order_(order), ports_(ports), policy_(policy), watch_(watch) {}

    Result<ImportTotals> run(UserSource& source) {
        auto roles = ports_.roles.list_roles(std::nullopt, kImportRolesMax);
        if (!roles) {
            return roles.error();
        }
        for (RoleRow& row : *roles) {
            roles_.insert(std::move(row.name));
        }
        for (;;) {
            auto row = source.next();
            if (!row) {
                return row.error();
            }
            if (!*row) {
                break;
            }
            ++totals_.rows;
            if (const auto taken = take(**row); !taken) {
                return taken.error();
            }
        }
        if (const auto flushed = flush(); !flushed) {
            return flushed.error();
        }
        return totals_;
    }

private:
    using Hash = std::uint64_t;

    Result<void> take(const SourceRow& row) {
        if (!row.fault.empty()) {
            skip(row.number, name_of(row.user), "unreadable", row.fault);
            return {};
        }
        auto judged = judge(row.user);
        if (!judged) {
            return judged.error();
        }
        if (const auto* const refusal = std::get_if<Refusal>(&*judged)) {
            skip(row.number, name_of(row.user), refusal->code, refusal->reason);
            return {};
        }
        auto& user = std::get<ImportedUser>(*judged);
        const auto keys = keys_of(user);
        const bool repeats =
            std::ranges::any_of(keys, [&](const auto& key) { return seen_.contains(key.first); });
        if (repeats && order_.dry_run) {
            const auto first = std::ranges::find_if(
                keys, [&](const auto& key) { return seen_.contains(key.first); });
            tell(row.number, name_of(row.user), {first->second, {}});
            return {};
        }
        // Those before it have to be in the table when it is looked at.
        if (repeats || batch_.size() == kImportBatch) {
            if (auto flushed = flush(); !flushed) {
                return flushed;
            }
        }
        for (const auto& key : keys) {
            seen_.insert(key.first);
        }
        batch_.push_back(std::move(user));
        places_.emplace_back(row.number, name_of(row.user));
        return {};
    }

    // What no two users of a batch may have in common, as hashes.
    static std::vector<std::pair<Hash, ImportOutcome>> keys_of(const ImportedUser& user) {
        const std::hash<std::string> hash;
        std::vector<std::pair<Hash, ImportOutcome>> keys;
        if (user.has_id) {
            keys.emplace_back(hash('#' + user.id.str()), ImportOutcome::id_taken);
        }
        if (user.username) {
            keys.emplace_back(hash(to_lower(user.username->view())), ImportOutcome::username_taken);
        }
        if (user.email) {
            keys.emplace_back(hash(to_lower(user.email->view())), ImportOutcome::email_taken);
        }
        return keys;
    }

    Result<Judged> judge(const ForeignUser& from) {
        ImportedUser user{
            .id = {},
            .username = {},
            .email = {},
            .email_proven = false,
            .password_hash = *Text::from(""),  // NOLINT(bugprone-unchecked-optional-access)
            .active = from.active,
            .default_role = {},
            .roles = {},
            .metadata = *Text::from("{}"),  // NOLINT(bugprone-unchecked-optional-access)
            .created_at_s = from.created_at_s};
        if (auto refusal = judge_names(from, user)) {
            return Judged(*std::move(refusal));
        }
        if (!from.password_hash.empty()) {
            const auto hash = Text::from(from.password_hash);
            const auto fault = hash ? ports_.hash_fault(from.password_hash)
                                    : std::optional<std::string>("it is not text");
            if (fault) {
                return Judged(
                    Refusal{"unreadable-hash",
                            "The stored password could never be verified: " + *fault + '.'});
            }
            user.password_hash = *hash;
        }
        const auto metadata = to_metadata(from.metadata);
        if (!metadata) {
            return Judged(Refusal{"invalid-metadata",
                                  "Expected a JSON object of at most 65536 bytes as metadata."});
        }
        user.metadata = *metadata;
        auto refusal = judge_roles(from, user);
        if (!refusal) {
            return refusal.error();
        }
        return *refusal ? Judged(**std::move(refusal)) : Judged(std::move(user));
    }

    std::optional<Refusal> judge_names(const ForeignUser& from, ImportedUser& user) {
        const auto id = trimmed(from.id);
        const auto given = id ? UserId::parse(*id) : std::nullopt;
        if (id && !given) {
            return Refusal{"invalid-id", "Expected a UUID as the id, or none."};
        }
        user.has_id = given.has_value();
        user.id = given ? *given : UserId::parse(random_uuid(ports_.random)).value_or(UserId());
        const auto username = trimmed(from.username);
        const auto email = trimmed(from.email);
        if (!username && !email) {
            return Refusal{"no-name", "The user has neither a username nor an e-mail address."};
        }
        user.username = username ? to_username(*username) : std::nullopt;
        if (username && !user.username) {
            return Refusal{"invalid-username",
                           "Expected at most 255 characters of UTF-8 without control characters, "
                           "and not the form of an id."};
        }
        user.email = email ? to_email(*email) : std::nullopt;
        if (email && !user.email) {
            return Refusal{"invalid-email",
                           "Expected an e-mail address of at most 254 bytes without spaces."};
        }
        user.email_proven = from.email_verified && user.email.has_value();
        return std::nullopt;
    }

    // The default role is one of the roles.
    Result<std::optional<Refusal>> judge_roles(const ForeignUser& from, ImportedUser& user) {
        std::set<std::string> names(from.roles.begin(), from.roles.end());
        if (from.default_role && !from.default_role->empty()) {
            names.insert(*from.default_role);
        }
        for (const std::string& name : names) {
            const auto role = new_role_name(name);
            if (!role) {
                return std::optional<Refusal>({"invalid-role", role.error().fields.front().detail});
            }
            if (is_admin(name) && !policy_.allow_admin) {
                return std::optional<Refusal>(
                    {"admin-role",
                     "The role admin is refused unless AUTH_ALLOW_ADMIN_ROLE is on."});
            }
            if (!roles_.contains(name) && !order_.create_roles && name != policy_.default_role) {
                return std::optional<Refusal>(
                    {"unknown-role", "There is no role \"" + name +
                                         "\". --create-roles creates those that are missing."});
            }
            if (from.default_role == name) {
                user.default_role = *role;
            }
            user.roles.push_back(*role);
        }
        for (const Text& role : user.roles) {
            if (auto there = provide(role); !there) {
                return there.error();
            }
        }
        return std::optional<Refusal>();
    }

    Result<void> provide(const Text& role) {
        if (!roles_.insert(role.str()).second || order_.dry_run) {
            return {};
        }
        auto created = ports_.roles.create_role(role);
        const bool somebody_was_faster = !created && created.error().errc == Errc::role_taken;
        return created || somebody_was_faster ? Result<void>() : created;
    }

    Result<void> flush() {
        if (!batch_.empty()) {
            const std::string detail = std::to_string(batch_.size()) + " rows of " + order_.source +
                                       ", from " + std::to_string(places_.front().first) + " on";
            const auto verdicts = order_.dry_run ? ports_.users.look(batch_)
                                                 : ports_.users.add(batch_, order_.source, detail);
            if (!verdicts) {
                return verdicts.error();
            }
            for (std::size_t i = 0; i < verdicts->size(); ++i) {
                tell(places_[i].first, places_[i].second, (*verdicts)[i]);
            }
        }
        batch_.clear();
        places_.clear();
        if (!order_.dry_run) {
            seen_.clear();
        }
        watch_.on_progress(totals_);
        return {};
    }

    void tell(std::uint64_t number, const std::string& name, const ImportVerdict& verdict) {
        switch (verdict.outcome) {
            case ImportOutcome::added:
                ++totals_.imported;
                return;
            case ImportOutcome::there_already:
                ++totals_.there_already;
                return;
            case ImportOutcome::id_taken:
                return skip(number, name, "id-taken", "Another user has this id.");
            case ImportOutcome::username_taken:
                return skip(number, name, "username-taken", "Another user has this name.");
            case ImportOutcome::email_taken:
                return skip(number, name, "email-taken", "Another user has this e-mail address.");
            case ImportOutcome::refused:
                return skip(number, name, "refused",
                            "The table refuses the row: " + verdict.detail + '.');
        }
    }

    void skip(std::uint64_t number, std::string name, std::string_view code,
              const std::string& reason) {
        ++totals_.skipped;
        ++totals_.reasons[std::string(code)];
        watch_.on_skipped({number, std::move(name), std::string(code), reason});
    }

    const ImportOrder& order_;
    const ImportPorts& ports_;
    const RolePolicy& policy_;
    const ImportWatch& watch_;
    std::set<std::string> roles_;
    std::vector<ImportedUser> batch_;
    std::vector<std::pair<std::uint64_t, std::string>> places_;
    boost::unordered_flat_set<Hash> seen_;  // of this batch, or in a dry run of all rows
    ImportTotals totals_;
};

}  // namespace

Result<ImportTotals> import_users(UserSource& source, const ImportOrder& order,
                                  const ImportPorts& ports, const RolePolicy& policy,
                                  const ImportWatch& watch) {
    return Import(order, ports, policy, watch).run(source);
}

}  // namespace signet
