# shellcheck shell=bash
# Sourced by ./run, whose functions it uses: installs what the benchmark needs, builds, and runs it.

packages_to_bench() {
    say wrk openssl python3 python3-cryptography libargon2-1 libsodium23
    # A Node.js that came from elsewhere is as good.
    command -v node >/dev/null || say nodejs
    command -v npm >/dev/null || say npm
}

# Debian's nginx starts as a service, at once and at every boot. The benchmark starts one of its own,
# and nobody asked for another.
without_nginx_service() {
    local policy=/usr/sbin/policy-rc.d ours='' code=0
    if [ ! -e "$policy" ]; then
        ours=yes
        as_root sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod 0755 $policy"
    fi
    ("$@") || code=$?
    [ -z "$ours" ] || as_root rm -f "$policy"
    if [ -d /run/systemd/system ]; then
        as_root systemctl disable nginx >/dev/null 2>&1 || true
    fi
    return "$code"
}

shift # the word "bench"
case " $* " in *" --help "* | *" -h "*) exec /usr/bin/env python3 test/bench/run.py --help ;; esac
# shellcheck disable=SC2046
install_missing $(packages_to_serve) $(packages_to_bench)
if ! command -v nginx >/dev/null && [ ! -x /usr/sbin/nginx ]; then
    without_nginx_service install_missing nginx
fi
watch_signals
build_release
export PYTHONDONTWRITEBYTECODE=1 SIGNET_BINARY=${SIGNET_BINARY:-$root/build/release/signet}
# Debian's own Python, which has Debian's cryptography; signals are its own from here on.
exec /usr/bin/python3 test/bench/run.py "$@"
