#!/bin/sh
# files.sh BUILD OUT: makes what is installed below share/ beside the signet of the build folder.
set -eu
here=$(dirname "$0")
build=$1 out=$2 signet=$1/signet
version=$("$signet" --version)
version=${version#signet }

rm -rf "$out"
mkdir -p "$out/man/man1" "$out/bash-completion/completions" "$out/zsh/vendor-completions" \
    "$out/fish/vendor_completions.d"
"$signet" completion bash >"$out/bash-completion/completions/signet"
"$signet" completion zsh >"$out/zsh/vendor-completions/_signet"
"$signet" completion fish >"$out/fish/vendor_completions.d/signet.fish"
awk -v version="$version" -f "$here/man.awk" "$here/../docs/commands.md" |
    gzip -9n >"$out/man/man1/signet.1.gz"
"$here/licences.sh" "$build" "$out/doc/signet"
rm "$out/doc/signet/libraries"
gzip -9nc "$here/../CHANGELOG.md" >"$out/doc/signet/changelog.gz"
gzip -9nc >"$out/doc/signet/changelog.Debian.gz" <<TEXT
signet ($version-1) stable; urgency=medium

  * What is new is in changelog.gz.

 -- The maintainers of Signet <signet@localhost>  $(date -R -r "$here/../CHANGELOG.md")
TEXT
