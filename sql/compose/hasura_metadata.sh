#!/bin/bash
# compose.yaml runs this once at every `up`, in the image of Signet. It gives a Hasura that has no
# metadata yet the metadata that `signet hasura metadata` prints. A Hasura that has some is left as it
# is, because this would replace it: `signet hasura metadata --diff` says what to add there.
# HASURA_HOST and HASURA_PORT say where it is, HASURA_GRAPHQL_ADMIN_SECRET is its admin secret.
set -euo pipefail
export LC_ALL=C # lengths in bytes

host=${HASURA_HOST:-hasura}
port=${HASURA_PORT:-8080}

# Sends a request to the metadata API of Hasura. Sets `status` and `answer`.
ask() {
    local head
    exec 3<>"/dev/tcp/$host/$port"
    # HTTP/1.0: Hasura closes the connection behind the answer, and sends it in one piece.
    printf '%s\r\n' 'POST /v1/metadata HTTP/1.0' "Host: $host:$port" 'Content-Type: application/json' \
        "X-Hasura-Admin-Secret: $HASURA_GRAPHQL_ADMIN_SECRET" "Content-Length: ${#1}" '' >&3
    printf '%s' "$1" >&3
    read -r _ status head <&3
    while read -r head <&3 && [ "$head" != $'\r' ]; do :; done
    answer=$(cat <&3)
    exec 3<&-
}

ask '{"type":"export_metadata","version":2,"args":{}}'
if [ "$status" != 200 ]; then
    printf 'Hasura does not give its metadata: %s %s\n' "$status" "$answer" >&2
    exit 1
fi
# Empty lists and objects say nothing. Any other member that a Hasura does not have at its first start
# is metadata, also one that only a newer Hasura knows.
bare=${answer//[[:space:]]/}
empty='"[^"]+":([[][]]|[{][}]),?'
while [[ $bare =~ $empty ]]; do
    bare=${bare/"${BASH_REMATCH[0]}"/}
done
member='"[^"]+":("[^"]*"|[^]",{}[]+|[{[])'
while [[ $bare =~ $member ]]; do
    part=${BASH_REMATCH[0]}
    case $part in
        '"resource_version":'* | '"metadata":{' | '"version":3' | '"sources":[') ;;
        '"name":"default"' | '"kind":"postgres"' | '"configuration":{' | '"connection_info":{') ;;
        '"database_url":{' | '"from_env":"HASURA_GRAPHQL_DATABASE_URL"') ;;
        '"isolation_level":'* | '"use_prepared_statements":'* | '"pool_settings":{') ;;
        '"connection_lifetime":'* | '"idle_timeout":'* | '"max_connections":'* | '"retries":'*) ;;
        *)
            printf 'Hasura has metadata already, so it stays as it is (%s is in it).\n' "${part%%:*}"
            exit 0
            ;;
    esac
    bare=${bare#*"$part"}
done
metadata=$(signet hasura metadata)
ask '{"type":"replace_metadata","version":2,"args":{"allow_inconsistent_metadata":false,"metadata":'"$metadata"'}}'
if [ "$status" != 200 ]; then
    printf 'Hasura does not take the metadata: %s %s\n' "$status" "$answer" >&2
    exit 1
fi
printf 'Hasura has the metadata of Signet now.\n'
