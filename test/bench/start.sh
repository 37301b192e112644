# shellcheck shell=bash
# Sourced by ./run, whose functions it uses: installs what the benchmark needs, builds, and runs it.

packages_to_bench() {
    say wrk openssl python3 python3-cryptography libargon2-1 libsodium23
    # A Node.js that came from elsewhere is as good.
    command -v node >/dev/null || say nodejs
    command -v npm >/dev/null || say npm
}

shift # the word "bench"
case " $* " in *" --help "* | *" -h "*) exec /usr/bin/env python3 test/bench/run.py --help ;; esac
# shellcheck disable=SC2046
install_missing $(packages_to_serve) $(packages_to_bench)
if ! command -v nginx >/dev/null && [ ! -x /usr/sbin/nginx ]; then
    install_servers nginx
fi
watch_signals
build_release
export PYTHONDONTWRITEBYTECODE=1 SIGNET_BINARY=${SIGNET_BINARY:-$root/build/release/signet}
# Debian's own Python, which has Debian's cryptography; signals are its own from here on.
exec /usr/bin/python3 test/bench/run.py "$@"
