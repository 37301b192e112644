#!/bin/sh
# image.sh BUILD OUT: lays out below OUT what the image takes from a build folder.
set -eu
build=$1 out=$2
rm -rf "$out"
install -s -D "$build/signet" "$out/usr/bin/signet"
"$(dirname "$0")/licences.sh" "$build" "$out/usr/share/doc/signet"
mv "$out/usr/share/doc/signet/libraries" "$out/packages"
