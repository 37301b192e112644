#include "cli/completion.hpp"

#include "cli/words.hpp"

#include <CLI/CLI.hpp>

#include <string_view>
#include <vector>

namespace signet::cli {
namespace {

struct Word {
    std::string text;
    std::string about;
    bool takes_value = false;
};

// What can follow a command. `path` is the command, with a blank before each of its words; that of
// `signet` itself is empty.
struct Place {
    std::string path;
    std::vector<Word> words;
    bool takes_file = false;
};

void add_places(const CLI::App& app, const std::string& path, std::vector<Place>& places) {
    Place place{path, {}, false};
    for (const CLI::App* const command : commands_of(app)) {
        place.words.push_back({command->get_name(), command->get_description(), false});
    }
    for (const CLI::Option* const option : options_of(app)) {
        place.words.push_back({name_of(*option), option->get_description(), takes_value(*option)});
    }
    for (const CLI::Option* const option : app.get_options()) {
        place.takes_file = place.takes_file || option->get_name(true) == "FILE";
    }
    places.push_back(std::move(place));
    for (const CLI::App* const command : commands_of(app)) {
        add_places(*command, path + ' ' + command->get_name(), places);
    }
}

// Returns the text in single quotes. `escape` is how the shell writes one inside.
std::string quoted(std::string_view text, std::string_view escape) {
    std::string out = "'";
    for (const char c : text) {
        out += c == '\'' ? std::string(escape) : std::string(1, c);
    }
    return out + '\'';
}

// Returns every path but the empty one, in quotes.
std::string all_paths(const std::vector<Place>& places, std::string_view separator) {
    std::string out;
    for (const Place& place : places) {
        if (!place.path.empty()) {
            out += (out.empty() ? "" : std::string(separator)) + '\'' + place.path + '\'';
        }
    }
    return out;
}

std::string valued(const Place& place) {
    std::string out = " ";
    for (const Word& word : place.words) {
        out += word.takes_value ? word.text + ' ' : "";
    }
    return out;
}

std::string bash_script(const std::vector<Place>& places) {
    std::string out = R"(# Completion of signet for bash, made by `signet completion bash`.
_signet() {
    local at='' words='' valued=' ' file='' current=${COMP_WORDS[COMP_CWORD]} i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$at ${COMP_WORDS[i]}" in
        )" + all_paths(places, " | ") +
                      R"()
            at="$at ${COMP_WORDS[i]}" ;;
        esac
    done
    case $at in
)";
    for (const Place& place : places) {
        std::string words;
        for (const Word& word : place.words) {
            words += (words.empty() ? "" : " ") + word.text;
        }
        out += "    '" + place.path + "') words='" + words + "' valued='" + valued(place) + '\'' +
               (place.takes_file ? " file=yes" : "") + " ;;\n";
    }
    return out + R"(    esac
    COMPREPLY=()
    case $valued in *" ${COMP_WORDS[COMP_CWORD - 1]} "*) return ;; esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    if [ -n "$file" ]; then
        compopt -o filenames 2>/dev/null
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current")
    fi
}
complete -F _signet signet
)";
}

std::string zsh_script(const std::vector<Place>& places) {
    std::string out = R"(#compdef signet
# Completion of signet for zsh, made by `signet completion zsh`.
_signet() {
    local at='' word='' valued=' ' file=''
    local -a found
    for word in "${(@)words[2,CURRENT-1]}"; do
        case "$at $word" in
        ()" + all_paths(places, " | ") +
                      R"()
            at="$at $word" ;;
        esac
    done
    case $at in
)";
    for (const Place& place : places) {
        std::string words;
        for (const Word& word : place.words) {
            words += ' ' + quoted(word.text + ':' + word.about, R"('\'')");
        }
        out += "    ('" + place.path + "') found=(" + words + " ) valued='" + valued(place) + '\'' +
               (place.takes_file ? " file=yes" : "") + " ;;\n";
    }
    return out + R"(    esac
    [[ $valued != *" ${words[CURRENT-1]} "* ]] || return 1
    _describe signet found
    [[ -z $file ]] || _files
}
if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then
    _signet "$@"
else
    compdef _signet signet
fi
)";
}

std::string fish_script(const std::vector<Place>& places) {
    std::string out = R"(# Completion of signet for fish, made by `signet completion fish`.
function __signet_at
    set -l at ''
    for word in (commandline -opc)[2..]
        switch "$at $word"
            case )" + all_paths(places, " ") +
                      R"(
                set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
complete -c signet -f
)";
    for (const Place& place : places) {
        const std::string here = "complete -c signet -n \"__signet_at '" + place.path + "'\" ";
        for (const Word& word : place.words) {
            const bool option = word.text.starts_with("--");
            out += here + (option ? "-l " + word.text.substr(2) : "-a " + word.text) +
                   (word.takes_value ? " -x" : "") + " -d " + quoted(word.about, R"(\')") + '\n';
        }
        out += place.takes_file ? here + "-F\n" : "";
    }
    return out;
}

}  // namespace

std::string completion_script(const CLI::App& app, Shell shell) {
    std::vector<Place> places;
    add_places(app, "", places);
    switch (shell) {
        case Shell::bash:
            return bash_script(places);
        case Shell::zsh:
            return zsh_script(places);
        case Shell::fish:
            break;
    }
    return fish_script(places);
}

}  // namespace signet::cli
