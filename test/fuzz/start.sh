# shellcheck shell=bash
# Sourced by ./run, whose functions it uses: builds one fuzz target and runs it for a while.

fuzz_names() { (cd test/fuzz/corpus && printf '%s ' *); }

[ $# -eq 3 ] && [ -d "test/fuzz/corpus/$2" ] && [[ $3 =~ ^[1-9][0-9]*$ ]] ||
    die "expected ./run fuzz TARGET SECONDS, where the target is one of: $(fuzz_names)"
# shellcheck disable=SC2046
install_missing $(packages_to_serve) $(packages_to_test)
configure fuzz
cmake --build build/fuzz --target "fuzz_$2" -j "$(jobs_max)"
# What it finds on the way is kept there; an input that breaks a promise is beside it.
mkdir -p "build/fuzz/corpus/$2"
exec "build/fuzz/test/fuzz_$2" -max_total_time="$3" -max_len=2048 -timeout=5 \
    -artifact_prefix="build/fuzz/$2-" "build/fuzz/corpus/$2" "test/fuzz/corpus/$2"
