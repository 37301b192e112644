#!/bin/bash
# licences.sh BUILD OUT: writes into the folder OUT
#   signet.cdx.json  which packages of Debian are in the signet of the build folder BUILD, or are
#                    loaded by it, as a CycloneDX bill of materials
#   licences/        the copyright of those that are compiled in
#   libraries        the names of those that are loaded, one a line
# The packages are asked of dpkg, so this runs where Signet was built.
set -euo pipefail
build=$1 out=$2 signet=$1/signet
. /etc/os-release
version=$("$signet" --version)

# The names of the packages that own the files of standard input. A library may be registered below
# /lib or below /usr/lib.
owners() {
    sort -u | while read -r file; do
        printf '%s\n%s\n' "$file" "${file#/usr}"
    done | { xargs -r dpkg-query -S 2>/dev/null || true; } | sed -E 's/^([^:, ]+).*/\1/' | sort -u
}

component() { # how it is part of Signet
    while read -r package; do
        dpkg-query -W -f '${Package} ${Version} ${Architecture}\n' "$package" | head -n 1
    done | while read -r name number arch; do
        purl=$number
        purl=${purl//:/%3A}
        purl="pkg:deb/${ID}/${name//+/%2B}@${purl//+/%2B}?arch=$arch&distro=$ID-$VERSION_ID"
        printf ',\n    {"type": "library", "bom-ref": "%s", "name": "%s", "version": "%s", "purl": "%s",\n' \
            "$purl" "$name" "$number" "$purl"
        printf '     "properties": [{"name": "signet:linked", "value": "%s"}]}' "$1"
    done
}

rm -rf "$out"
mkdir -p "$out/licences"
ldd "$signet" | sed -nE 's/.*=> (\/[^ ]+) .*/\1/p' | xargs readlink -f | owners >"$out/libraries"
# The headers that the compiler read, as it told Ninja; and the archive of which a part is linked in.
compiled=$({
    ninja -C "$build" -t deps | sed -nE 's/^ +(\/usr\/.*)/\1/p'
    find /usr/lib -name libsodium.a
} | xargs readlink -f | owners)
[ -s "$out/libraries" ] && [ -n "$compiled" ]
{
    printf '{\n  "bomFormat": "CycloneDX",\n  "specVersion": "1.5",\n  "version": 1,\n  "metadata": {"component": '
    printf '{"type": "application", "bom-ref": "signet", "name": "signet", "version": "%s"}},\n' "${version#signet }"
    printf '  "components": ['
    { component shared <"$out/libraries" && component "compiled in" <<<"$compiled"; } | sed '1d'
    printf '\n  ]\n}\n'
} >"$out/signet.cdx.json"
for package in $compiled; do
    case $package in
    libsodium* | libboost* | libcli11* | *pegtl*)
        install -m 0644 "/usr/share/doc/$package/copyright" "$out/licences/$package"
        ;;
    esac
done
