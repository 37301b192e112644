#!/usr/bin/env bash
# A private PostgreSQL for one checkout: `./run` starts it when DATABASE_URL is not set.
#
#   cluster.sh start DIR PORT   create the cluster if necessary, and start it; it keeps the first port
#   cluster.sh stop DIR         stop it; succeeds if it does not run
#   cluster.sh url DIR          print its DATABASE_URL
#
# The server runs as the caller, or as the user postgres if the caller is root, because PostgreSQL
# refuses to run as root. It listens on 127.0.0.1 (password) and on a socket in a directory of its own (mode 0700,
# for the server's user only). DIR keeps the password of the role `signet`, readable by the caller
# alone. DIR also has the data, unless the server's user cannot reach DIR (a checkout below /root,
# mode 0700), or its path is too long for a socket. Then the data are in /var/lib/signet or, without
# root, in $XDG_STATE_HOME/signet, under a name derived from DIR, and DIR/location says where.
set -euo pipefail

readonly SOCKET_PATH_MAX=90 # bytes; a Unix socket's path is 107 at most, its name takes 17
readonly START_ATTEMPTS=5   # backends of a killed server hold its memory for a moment

die() {
    echo "cluster.sh: $*" >&2
    exit 1
}

say() { echo "cluster.sh: $*" >&2; }

# Runs a command as the server's user, from a directory that everybody can reach.
as_server() {
    if [[ $EUID -eq 0 ]]; then
        (cd / && setpriv --reuid=postgres --regid=postgres --init-groups -- \
            env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 "$@")
    else
        (cd / && env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 "$@")
    fi
}

server_user() { if [[ $EUID -eq 0 ]]; then echo postgres; else id -un; fi; }

# Prints the directory of the server's programs, of the version that made the data, if there are data,
# and otherwise of the newest version.
bin_directory() {
    local home=$1 version
    if [[ -f $home/version ]]; then
        version=$(<"$home/version")
        [[ -x /usr/lib/postgresql/$version/bin/postgres ]] ||
            die "the data in $home were made by PostgreSQL $version, which is not installed"
    else
        version=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null |
            sort -n | tail -n 1)
        [[ -n $version && -x /usr/lib/postgresql/$version/bin/postgres ]] ||
            die "PostgreSQL is not installed: apt-get install postgresql"
    fi
    echo "/usr/lib/postgresql/$version/bin"
}

# Prints the directory of the cluster. DIR/location says where it is; if it is missing, this chooses.
home_directory() {
    local dir=$1 name home
    if [[ -f $dir/location ]]; then
        cat "$dir/location"
        return
    fi
    home=$dir/cluster
    # shellcheck disable=SC2016 # expanded by the inner shell
    if ! as_server sh -c 'cd "$1" 2>/dev/null' sh "$dir" || ((${#home} > SOCKET_PATH_MAX)); then
        name=$(printf %s "$dir" | sha256sum | cut -c 1-12)
        if [[ $EUID -eq 0 ]]; then
            home=/var/lib/signet/$name
        else
            home=${XDG_STATE_HOME:-$HOME/.local/state}/signet/$name
        fi
        ((${#home} <= SOCKET_PATH_MAX)) || die "$home is too long a path for a socket"
        say "the database is in $home, because PostgreSQL's user cannot use $dir"
    fi
    echo "$home" >"$dir/location"
    echo "$home"
}

random_hex() { od -An -N 24 -tx1 /dev/urandom | tr -d ' \n'; }

# Creates the cluster, the role and the database `signet`. It is built beside its final place and then
# moved, so that it is either complete or missing.
create() {
    local dir=$1 home=$2 port=$3 bin new=$2.new password
    bin=$(bin_directory "$home")
    mkdir -p "$(dirname "$home")"
    [[ $EUID -ne 0 || $home != /var/lib/signet/* ]] || chmod 0755 /var/lib/signet
    rm -rf "$new"
    mkdir -m 0700 "$new"
    [[ $EUID -ne 0 ]] || chown postgres:postgres "$new"
    say "making a PostgreSQL cluster in $home"
    # Over the socket only the owner may connect, by peer authentication; all others need a password.
    as_server "$bin/initdb" -D "$new/data" -U postgres --auth-local=peer \
        --auth-host=scram-sha-256 -E UTF8 --locale=C.UTF-8 >"$dir/initdb.log" 2>&1 ||
        die "initdb failed, see $dir/initdb.log"
    # shellcheck disable=SC2016 # expanded by the inner shell
    as_server sh -c 'echo "owner $2 postgres" >>"$1/pg_ident.conf"
        echo "local all postgres peer map=owner" >"$1/pg_hba.conf"
        echo "host all signet 127.0.0.1/32 scram-sha-256" >>"$1/pg_hba.conf"' \
        sh "$new/data" "$(server_user)"
    password=$(random_hex)
    # Single-user mode is used, so that no socket is open before the role has its password. The role has
    # the name of the schema with the secrets, into which PostgreSQL would put objects that somebody
    # creates by hand, so its search_path is set.
    printf '%s\n' "create role signet login password '$password'" \
        'alter role signet set search_path = public' \
        'create database signet owner signet' |
        as_server "$bin/postgres" --single -D "$new/data" postgres >>"$dir/initdb.log" 2>&1 ||
        die "the role signet cannot be made, see $dir/initdb.log"
    basename "$(dirname "$bin")" >"$new/version"
    echo "$port" >"$dir/port"
    (umask 077 && echo "$password" >"$dir/password")
    mv "$new" "$home"
}

# Tells whether the process that postmaster.pid names is the server of this cluster. If a killed server
# left the file, the number may belong to another process by now.
is_running() {
    local home=$1 pid
    pid=$(as_server head -n 1 "$home/data/postmaster.pid" 2>/dev/null) || return 1
    [[ $pid =~ ^[0-9]+$ ]] || return 1
    tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -Fxq "$home/data"
}

# Called if DIR was deleted, but its data were elsewhere. The data are kept, and the role gets a new
# password.
renew_password() {
    local dir=$1 home=$2 password
    say "found the data of an earlier start in $home: they are used again"
    password=$(random_hex)
    as_server sed -n 4p "$home/data/postmaster.pid" >"$dir/port"
    echo "alter role signet password '$password'" |
        as_server "$(bin_directory "$home")/psql" -q -v ON_ERROR_STOP=1 -h "$home" \
            -p "$(<"$dir/port")" -U postgres postgres
    (umask 077 && echo "$password" >"$dir/password")
}

start() {
    local dir=$1 port=$2 home bin
    [[ $port =~ ^[0-9]+$ ]] || die "the port is not a number: $port"
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd -P)
    exec 9>"$dir/lock"
    flock 9 # two starts may run at once
    home=$(home_directory "$dir")
    as_server test -f "$home/version" || create "$dir" "$home" "$port"
    [[ -f $dir/port ]] || echo "$port" >"$dir/port"
    if ! is_running "$home"; then
        port=$(<"$dir/port")
        bin=$(bin_directory "$home")
        as_server rm -f "$home/data/postmaster.pid"
        for ((attempt = 1; ; attempt++)); do
            # 9>&-: the server must not keep our lock.
            if as_server "$bin/pg_ctl" -s -w -t 30 -D "$home/data" -l "$home/server.log" \
                -o "-p $port -k '$home' -c listen_addresses=127.0.0.1" start 9>&- >/dev/null 2>&1; then
                break
            fi
            ((attempt < START_ATTEMPTS)) ||
                die "PostgreSQL does not start: $(as_server tail -n 5 "$home/server.log")"
            sleep 1
        done
    fi
    [[ -f $dir/password ]] || renew_password "$dir" "$home"
    url "$dir"
}

stop() {
    local dir=$1 home
    [[ -f $dir/location ]] || return 0
    home=$(<"$dir/location")
    is_running "$home" || return 0
    as_server "$(bin_directory "$home")/pg_ctl" -s -w -m fast -D "$home/data" stop >/dev/null
}

url() {
    local dir=$1
    [[ -f $dir/password && -f $dir/port ]] || die "there is no cluster in $dir: start it first"
    echo "postgres://signet:$(<"$dir/password")@127.0.0.1:$(<"$dir/port")/signet"
}

case ${1-} in
start) [[ $# -eq 3 ]] || die "usage: cluster.sh start DIR PORT" && start "$2" "$3" ;;
stop) [[ $# -eq 2 ]] || die "usage: cluster.sh stop DIR" && stop "$2" ;;
url) [[ $# -eq 2 ]] || die "usage: cluster.sh url DIR" && url "$2" ;;
*) die "usage: cluster.sh start DIR PORT | stop DIR | url DIR" ;;
esac
