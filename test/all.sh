#!/usr/bin/env bash
# Every test, in steps: the cheap ones first. With the word `quick`, only the first of them: some two
# minutes where most is built. Called by ./run test, which installs what is needed.
# Each step has a log under build/test-logs; the first that fails ends the run.
# The last line says how many tests passed and failed, over all steps.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
JOBS=${JOBS:-$(nproc)}
logs=build/test-logs
rm -rf "$logs"
mkdir -p "$logs"
export SIGNET_SOURCE_DIR=$root SIGNET_BINARY=$root/build/asan/signet
export PYTHONDONTWRITEBYTECODE=1
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1

passed=0 failed=0 number=0
step_pid=

# --- the steps -----------------------------------------------------------------------------------

house() {
    local lint code=0
    for lint in test/house/*.py; do
        case $lint in */headers.py | */tidy.py) continue ;; esac
        echo "-- $lint"
        python3 "$lint" || code=1
    done
    return "$code"
}

headers() { python3 test/house/headers.py --jobs "$JOBS"; }
tidy() { python3 test/house/tidy.py --jobs "$JOBS" --build build/tsan; }

formatted() {
    find include src test -name node_modules -prune -o -name '*.[chi]pp' -print0 |
        xargs -0 clang-format-19 --dry-run -Werror
}

# configure() comes from ./run.
build_asan() { configure asan && cmake --build build/asan -j "$JOBS" "$@"; }
build_release_binary() { configure release && cmake --build build/release -j "$JOBS"; }
# clang-tidy reads this build's commands later, and the header that is made from sql/.
build_tsan() {
    configure tsan &&
        cmake --build build/tsan --target concurrency_tests generated/store/sql_text.hpp \
            generated/routes/try_text.hpp -j "$JOBS"
}

# What a package would hold, and that the change log has come to this version.
install_release() {
    local prefix=$root/build/installed version name
    version=$(sed -nE 's/^project\(signet VERSION ([0-9.]+) .*/\1/p' CMakeLists.txt)
    rm -rf "$prefix"
    cmake --install build/release --prefix "$prefix"
    [ "$("$prefix/bin/signet" --version)" = "signet $version" ]
    for name in README.md LICENSE CHANGELOG.md; do
        cmp "$name" "$prefix/share/doc/signet/$name"
    done
    grep -F "## [$version]" CHANGELOG.md
    echo "1 passed, 0 failed"
}

# The package for Debian and the image, both of the release build.
packages() {
    (cd test/package && timeout --kill-after 10 900 /usr/bin/python3 -m unittest -v test_package)
}

binary() { timeout --kill-after 10 600 "$1"; }

npm_packages() {
    local file lock
    for file in test/*/package-lock.json docs/events/package-lock.json docs/frontend/*/package-lock.json; do
        cd "$root/${file%/*}"
        lock=$(sha256sum package-lock.json)
        [ "$(cat node_modules/.signet-lock 2>/dev/null)" != "$lock" ] || continue
        npm ci --prefer-offline --ignore-scripts --no-audit --no-fund --loglevel=error
        echo "$lock" >node_modules/.signet-lock
    done
}

# Debian's own Python, which has Debian's jwcrypto.
end_to_end() { timeout --kill-after 10 1200 /usr/bin/python3 test/e2e/run.py "$@"; }

# Users sign up with the examples of docs/frontend, in Node.js and in a browser, and follow the links
# of mails.
front_ends() {
    (cd test/frontend &&
        timeout --kill-after 10 900 /usr/bin/python3 -m unittest -v test_examples test_pages test_try)
}

# --- how they are run ----------------------------------------------------------------------------

# Adds up what a log says: doctest's summary, unittest's, and our own "N passed, N failed".
count() {
    awk '
        /^\[doctest\] test cases:/ {
            gsub(/\|/, " "); for (i = 2; i <= NF; i++) {
                if ($i == "passed") good += $(i - 1)
                if ($i == "failed") bad += $(i - 1)
            }
        }
        /^Ran [0-9]+ tests? in/ { ran = $2 }
        /^(OK|FAILED)( \(.*\))?$/ {
            wrong = 0; skipped = 0; n = split($0, part, /[(, )]+/)
            for (i = 1; i <= n; i++) if (split(part[i], pair, "=") == 2) {
                if (pair[1] == "failures" || pair[1] == "errors") wrong += pair[2]
                if (pair[1] == "skipped") skipped += pair[2]
            }
            good += ran - wrong - skipped; bad += wrong; ran = 0
        }
        /^[0-9]+ passed, [0-9]+ failed$/ { good += $1; bad += $3 }
        END { print good + 0, bad + 0 }' "$1"
}

summary() {
    printf '\n%s\n' "$1"
    echo "$passed passed, $failed failed"
}

interrupted() {
    trap '' INT TERM HUP
    [ -z "$step_pid" ] || kill -TERM -- "-$step_pid" 2>/dev/null || true
    summary "Interrupted."
    exit 130
}
trap interrupted INT TERM HUP

# step KIND TITLE COMMAND...: KIND `tests` must count some, or it fails.
step() {
    local kind=$1 title=$2 log code=0 began=$SECONDS good bad
    shift 2
    number=$((number + 1))
    log=$logs/$(printf '%02d' "$number")-${title//[^a-zA-Z0-9]/-}.log
    # A process group of its own, so that a signal can end all of it.
    set -m
    (set -euo pipefail && "$@") >"$log" 2>&1 </dev/null &
    step_pid=$!
    set +m
    wait "$step_pid" || code=$?
    step_pid=
    read -r good bad < <(count "$log")
    passed=$((passed + good)) failed=$((failed + bad))
    if [ "$code" = 0 ] && [ "$bad" != 0 ]; then
        code=1
    fi
    if [ "$code" = 0 ] && [ "$kind" = tests ] && [ "$good" = 0 ]; then
        echo "this step ran no test" >>"$log"
        code=1
    fi
    if [ "$code" = 0 ]; then
        printf 'ok     %4d s  %s' $((SECONDS - began)) "$title"
        [ "$kind" != tests ] || printf ' (%d)' "$good"
        printf '\n'
        return 0
    fi
    [ "$bad" != 0 ] || failed=$((failed + 1))
    printf 'FAILED %4d s  %s\n' $((SECONDS - began)) "$title"
    # Without what says nothing about a failure: tests that passed, rules, empty lines.
    { LC_ALL=C grep -avE '(\.\.\. ok|^-*|^OK)$' "$log" || true; } | tail -n 60 | sed 's/^/    /'
    summary "The step \"$title\" failed (exit code $code); its log is $log."
    exit 1
}

step tests "house rules" house
step check "format" formatted
if [ "${1:-}" = quick ]; then
    step check "build the unit tests with ASan and UBSan" build_asan --target unit_tests
    step tests "unit tests" binary build/asan/test/unit_tests
    summary "The quick tests, in $SECONDS s."
    exit 0
fi
step tests "headers compile alone" headers
step check "build with ASan and UBSan" build_asan
for name in $(sed -nE 's/^signet_test\(([a-z_]+) .*/\1/p' test/CMakeLists.txt); do
    step tests "${name//_/ }" binary "build/asan/test/$name"
done
step check "build with TSan" build_tsan
step tests "concurrency under TSan" binary build/tsan/test/concurrency_tests
step check "npm packages" npm_packages
step tests "interop" timeout --kill-after 10 900 python3 test/interop/run.py
step tests "end to end" end_to_end
step tests "front ends" front_ends
# What is shipped is built by another optimiser level, and hardened in ways that sanitizers forbid.
step check "build the release" build_release_binary
step tests "install" install_release
step tests "package and image" packages
SIGNET_BINARY=$root/build/release/signet
step tests "end to end, as released" end_to_end 'test_f*'
step tests "clang-tidy" tidy
summary "All of it in $SECONDS s."
