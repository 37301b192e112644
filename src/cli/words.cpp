#include "cli/words.hpp"

#include "cli/output.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace signet::cli {
namespace {

constexpr std::size_t kWordBytesMax = 64;  // of a word that is repeated

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words) {
        out += (out.empty() ? "" : ", ") + word;
    }
    return out;
}

std::vector<std::string> names_of_commands(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* const command : commands_of(app)) {
        names.push_back(command->get_name());
    }
    return names;
}

std::vector<std::string> names_of_options(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* const option : options_of(app)) {
        names.push_back(name_of(*option));
    }
    return names;
}

// Returns the name that is nearest to the word, or nothing if none is near: a third of the letters
// may differ, or the word is the beginning of the name.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& names) {
    std::optional<std::string> best;
    const std::size_t letters = word.size() - std::min(word.find_first_not_of('-'), word.size());
    std::size_t least = std::max<std::size_t>(1, letters / 3) + 1;
    for (const std::string& name : names) {
        if (const std::size_t distance = edit_distance(word, name); distance < least) {
            least = distance;
            best = name;
        }
    }
    if (!best && letters >= 2) {
        const auto longer = std::ranges::find_if(
            names, [&](const std::string& name) { return name.starts_with(word); });
        best = longer == names.end() ? best : *longer;
    }
    return best;
}

std::string suggestion(const std::optional<std::string>& name) {
    return name ? "; did you mean " + *name + "? " : ". ";
}

// Returns the commands of other groups that have this name, such as `user grant` for `grant`.
std::optional<std::string> elsewhere(std::string_view word, const CLI::App& root) {
    std::string found;
    for (const CLI::App* const group : commands_of(root)) {
        const auto names = names_of_commands(*group);
        if (std::ranges::find(names, word) != names.end()) {
            found += (found.empty() ? "" : " or ") + group->get_name() + ' ' + std::string(word);
        }
    }
    return found.empty() ? std::nullopt : std::optional(found);
}

std::string in_quotes(std::string_view word) {
    return '"' + shown(word.substr(0, kWordBytesMax)) + '"';
}

// Goes through the words of one command line as CLI11 does.
class Walk {
public:
    Walk(const CLI::App& root, const std::vector<std::string>& words)
        : root_(root), at_(&root), path_(root.get_name()), words_(words) {}

    std::optional<std::string> explain() {
        for (; next_ < words_.size(); ++next_) {
            const std::string& word = words_[next_];
            if (!only_arguments_ && word == "--") {
                only_arguments_ = true;
            } else if (auto problem = !only_arguments_ && word.size() > 1 && word.front() == '-'
                                          ? take_option(word)
                                          : take_word(word)) {
                return problem;
            }
        }
        if (commands_of(*at_).empty()) {
            return std::nullopt;
        }
        return '`' + path_ + "` needs a command. " + possible_commands();
    }

private:
    std::optional<std::string> take_option(const std::string& word) {
        const bool is_long = word.starts_with("--");
        const std::string name = is_long ? word.substr(0, word.find('=')) : word.substr(0, 2);
        const CLI::Option* const option = at_->get_option_no_throw(name);
        if (option == nullptr) {
            const auto names = names_of_options(*at_);
            return '`' + path_ + "` has no option " + shown(name.substr(0, kWordBytesMax)) +
                   suggestion(is_long ? nearest(name, names) : std::nullopt) +
                   "Options: " + joined(names);
        }
        if (takes_value(*option) && word.size() == name.size()) {
            ++next_;
        }
        return std::nullopt;
    }

    std::optional<std::string> take_word(const std::string& word) {
        const auto commands = at_->get_subcommands([](const CLI::App*) { return true; });
        if (commands.empty()) {
            return take_argument();
        }
        const auto found = std::ranges::find(
            commands, word, [](const CLI::App* command) { return command->get_name(); });
        if (found != commands.end()) {
            at_ = *found;
            path_ += ' ' + word;
            return std::nullopt;
        }
        auto near = nearest(word, names_of_commands(*at_));
        if (!near) {
            near = elsewhere(word, root_);
        }
        return '`' + path_ + "` has no command " + in_quotes(word) + suggestion(near) +
               possible_commands();
    }

    std::optional<std::string> take_argument() {
        std::vector<std::string> taken;
        std::size_t most = 0;
        for (const CLI::Option* const option : at_->get_options()) {
            if (option->get_positional()) {
                taken.push_back(option->get_name(true));
                most += static_cast<std::size_t>(option->get_items_expected_max());
            }
        }
        if (++arguments_ <= most) {
            return std::nullopt;
        }
        return '`' + path_ + "` takes " +
               (taken.empty() ? "no argument" : joined(taken) + " and no further argument");
    }

    std::string possible_commands() const { return "Commands: " + joined(names_of_commands(*at_)); }

    const CLI::App& root_;
    const CLI::App* at_;
    std::string path_;
    const std::vector<std::string>& words_;
    std::size_t next_ = 0;
    std::size_t arguments_ = 0;
    bool only_arguments_ = false;  // after `--`
};

}  // namespace

std::string suggest(std::string_view word, std::string_view kind,
                    const std::vector<std::string>& names) {
    return suggestion(nearest(word, names)) + std::string(kind) + ": " + joined(names);
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
    return app.get_subcommands(
        [](const CLI::App* command) { return !command->get_group().empty(); });
}

std::vector<const CLI::Option*> options_of(const CLI::App& app) {
    return app.get_options([](const CLI::Option* option) {
        return option->nonpositional() && !option->get_group().empty();
    });
}

std::string name_of(const CLI::Option& option) {
    return "--" + option.get_lnames().at(0);
}

bool takes_value(const CLI::Option& option) {
    return option.get_items_expected_max() > 0;
}

std::optional<std::string> explain_words(const CLI::App& app,
                                         const std::vector<std::string>& words) {
    return Walk(app, words).explain();
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    // Three rows of the table of distances between the beginnings of both words.
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before = std::exchange(last, std::move(row));
        row.assign(b.size() + 1, i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min(
                {last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
    }
    return row[b.size()];
}

}  // namespace signet::cli
