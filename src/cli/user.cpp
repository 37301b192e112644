#include "cli/user.hpp"

#include "base/system.hpp"
#include "cli/account.hpp"
#include "cli/output.hpp"
#include "cli/password.hpp"
#include "cli/role.hpp"

#include <ostream>
#include <utility>
#include <vector>

namespace signet::cli {
namespace {

// Finds the account, and has `change` do its work on it.
template <class Change>
int on_account(const UserCommand& command, std::string_view name, Change change) {
    const auto account = find_account(command.ports.accounts, name);
    return account ? change(*account) : fail(command.io, account.error());
}

int report(const UserCommand& command, const Result<void>& outcome, std::string_view done,
           const Account& account) {
    if (!outcome) {
        return fail(command.io, outcome.error());
    }
    command.io.out << done << ' ' << shown(name_of(account)) << " (" << account.id.str() << ")\n";
    return kExitOk;
}

// The hash of a new password that was read and found good enough.
Result<Text> new_password_hash(const UserCommand& command, std::vector<std::string> own_words) {
    const PasswordRead read = read_new_password(command.io.password_fd, command.io.err);
    if (!read.password) {
        return Error::field("/password", "required", std::string(read.fault) + '.');
    }
    const std::string& password = read.password->reveal();
    if (auto objection = command.ports.judge.judge("/password", password, own_words)) {
        Error error{Errc::invalid_input};
        error.fields.push_back(*std::move(objection));
        return error;
    }
    return command.ports.hasher.hash(password);
}

std::vector<std::string> words_of(const std::optional<std::string>& username,
                                  const std::optional<std::string>& email) {
    std::vector<std::string> words;
    for (const auto& word : {username, email}) {
        if (word) {
            words.push_back(*word);
        }
    }
    return words;
}

struct NewNames {
    std::optional<Text> username;
    std::optional<Text> email;
};

Result<NewNames> read_names(std::string_view name, const std::optional<std::string>& email) {
    NewNames names;
    const bool by_email = name.find('@') != std::string_view::npos;
    if (by_email && email) {
        return Error::field("/email", "given-twice", "NAME is an e-mail address already.");
    }
    if (!by_email) {
        auto username = new_username(name);
        if (!username) {
            return username.error();
        }
        names.username = *std::move(username);
    }
    if (by_email || email) {
        auto address = new_email(by_email ? name : std::string_view(*email));
        if (!address) {
            return address.error();
        }
        names.email = *std::move(address);
    }
    return names;
}

std::optional<std::string> to_string(const std::optional<Text>& text) {
    return text ? std::optional(text->str()) : std::nullopt;
}

Result<Account> create(const UserCommand& command, const NewNames& names) {
    const RolePolicy& policy = command.policy;
    const auto role = Text::from(policy.default_role);
    auto hash =
        new_password_hash(command, words_of(to_string(names.username), to_string(names.email)));
    if (!hash) {
        return hash.error();
    }
    const auto id = UserId::parse(random_uuid(command.ports.random));
    return command.ports.admin.add(
        {*id, names.username, names.email, *std::move(hash),
         policy.default_role.empty() ? std::nullopt : std::optional<Text>(role)});
}

}  // namespace

int user_create(const UserCommand& command, std::string_view name,
                const std::optional<std::string>& email) {
    const auto names = read_names(name, email);
    if (!names) {
        return fail(command.io, names.error());
    }
    const auto account = create(command, *names);
    if (!account) {
        return fail(command.io, account.error());
    }
    if (command.json) {
        command.io.out << account_json(*account, command.policy) << '\n';
        return kExitOk;
    }
    return report(command, {}, "created", *account);
}

int user_list(const UserCommand& command) {
    std::vector<Account> all;
    std::optional<UserId> after;
    for (;;) {
        auto page = command.ports.admin.list(after, kListPageMax);
        if (!page) {
            return fail(command.io, page.error());
        }
        if (page->empty()) {
            break;
        }
        after = page->back().id;
        std::move(page->begin(), page->end(), std::back_inserter(all));
    }
    if (command.json) {
        std::vector<std::string> elements;
        elements.reserve(all.size());
        for (const Account& account : all) {
            elements.push_back(account_json(account, command.policy));
        }
        print_json_array(command.io.out, elements);
        return kExitOk;
    }
    std::vector<std::vector<std::string>> rows;
    rows.reserve(all.size());
    for (const Account& account : all) {
        rows.push_back(account_cells(account, command.policy));
    }
    print_table(command.io.out, account_head(), rows);
    return kExitOk;
}

int user_show(const UserCommand& command, std::string_view name) {
    return on_account(command, name, [&](const Account& account) {
        const auto sessions = command.ports.sessions.list(account.id);
        if (!sessions) {
            return fail(command.io, sessions.error());
        }
        if (command.json) {
            command.io.out << account_json(account, command.policy, *sessions) << '\n';
            return kExitOk;
        }
        print_table(command.io.out, account_head(), {account_cells(account, command.policy)});
        command.io.out << '\n';
        print_sessions(command.io.out, *sessions);
        return kExitOk;
    });
}

int user_logout(const UserCommand& command, std::string_view name) {
    return on_account(command, name, [&](const Account& account) {
        const auto ended = command.ports.admin.end_sessions(account.id);
        if (!ended) {
            return fail(command.io, ended.error());
        }
        command.io.out << "ended " << *ended << (*ended == 1 ? " session of " : " sessions of ")
                       << shown(name_of(account)) << " (" << account.id.str() << ")\n";
        return kExitOk;
    });
}

int user_set_active(const UserCommand& command, std::string_view name, bool active) {
    return on_account(command, name, [&](const Account& account) {
        return report(command, command.ports.admin.set_active(account.id, active),
                      active ? "enabled" : "disabled", account);
    });
}

int user_enable(const UserCommand& command, std::string_view name) {
    return user_set_active(command, name, true);
}

int user_disable(const UserCommand& command, std::string_view name) {
    return user_set_active(command, name, false);
}

int user_set_password(const UserCommand& command, std::string_view name) {
    return on_account(command, name, [&](const Account& account) {
        const auto hash = new_password_hash(command, words_of(account.username, account.email));
        if (!hash) {
            return fail(command.io, hash.error());
        }
        return report(command, command.ports.admin.set_password(account.id, *hash),
                      "set the password of", account);
    });
}

int user_delete(const UserCommand& command, std::string_view name, bool yes) {
    return on_account(command, name, [&](const Account& account) {
        if (!yes) {
            command.io.err << "signet: would delete " << shown(name_of(account)) << " ("
                           << account.id.str() << ") for good, with " << account.roles.size()
                           << " granted role(s). Nothing was done; add --yes to do it.\n";
            return kExitWrongUsage;
        }
        return report(command, command.ports.admin.remove(account.id), "deleted", account);
    });
}

int user_grant(const UserCommand& command, std::string_view name, std::string_view role) {
    const auto text = grantable_role(role, command.policy);
    if (!text) {
        return fail(command.io, text.error());
    }
    return on_account(command, name, [&](const Account& account) {
        return report(command, command.ports.admin.grant(account.id, *text),
                      "granted " + shown(role) + " to", account);
    });
}

int user_revoke(const UserCommand& command, std::string_view name, std::string_view role) {
    const auto text = Text::from(role);
    if (!text) {
        return fail(command.io, Errc::role_not_found);
    }
    return on_account(command, name, [&](const Account& account) {
        const int code = report(command, command.ports.admin.revoke(account.id, *text),
                                "revoked " + shown(role) + " from", account);
        if (code == kExitOk && role == command.policy.default_role) {
            command.io.err << "signet: " << shown(role)
                           << " is AUTH_DEFAULT_ROLE, which everybody has all the same\n";
        }
        return code;
    });
}

}  // namespace signet::cli
