#!/bin/sh
# Rotates an AgentWallex API key without downtime, from a scheduled job of your CI:
#
#   AGENTWALLEX_URL=https://api.agentwallex.com AGENTWALLEX_JWT=eyJ... \
#     sh rotate-in-ci.sh key_abc123 production-backend gh secret set AGENTWALLEX_API_KEY
#
# The arguments: the id of the old key, the name of the new one, and the command that updates your application. That command gets the
# new key on standard input, and returns when the application uses it (a deployment has ended, not only begun).
#
# Create, try, update, try again, wait, delete: until the last step both keys work, and whatever fails before it leaves the old key in
# force. GRACE_SECONDS (60) is how long requests that began with the old key may still take.
#
# Needs curl. Secrets go through pipes: the arguments of a process can be read by everybody on the machine.
set -eu

[ $# -ge 3 ] || {
  echo "usage: rotate-in-ci.sh OLD_KEY_ID NEW_KEY_NAME COMMAND [ARGUMENT]..." >&2
  exit 2
}
old_id=$1
name=$2
shift 2
keys=$AGENTWALLEX_URL/api/v1/api-keys

say() { printf 'rotate: %s\n' "$*" >&2; }

# as_member METHOD URL [ARGUMENT]...: a call of the key API.
as_member() {
  method=$1
  url=$2
  shift 2
  printf 'header = "Authorization: Bearer %s"\n' "$AGENTWALLEX_JWT" |
    curl --silent --show-error --fail --max-time 30 --config - --request "$method" "$@" "$url"
}

# The new key may need a moment where its API is spread over many machines.
works() {
  attempt=0
  until printf 'header = "X-API-Key: %s"\n' "$new_key" |
    curl --silent --fail --max-time 30 --output /dev/null --config - "$AGENTWALLEX_URL/api/v1/agents"; do
    attempt=$((attempt + 1))
    [ "$attempt" -lt 5 ] || return 1
    sleep 2
  done
}

give_up() {
  say "$1; the old key stays in force"
  as_member DELETE "$keys/$new_id" || say "the new key $new_id could not be deleted; delete it by hand"
  exit 1
}

case $name in
  *[!A-Za-z0-9._-]*)
    say "a name here is letters, digits, dots, hyphens and underscores"
    exit 2
    ;;
esac

created=$(as_member POST "$keys" --header "Content-Type: application/json" --data "{\"name\": \"$name\"}")
new_id=$(printf '%s' "$created" | sed -n 's/.*"id" *: *"\([^"]*\)".*/\1/p')
new_key=$(printf '%s' "$created" | sed -n 's/.*"key" *: *"\([^"]*\)".*/\1/p')
[ -n "$new_id" ] || {
  say "the response to the creation of a key is not as documented; the old key stays in force"
  exit 1
}
[ -n "$new_key" ] || give_up "the new key was not shown"
say "created $new_id"

works || give_up "the new key does not work"
printf '%s' "$new_key" | "$@" || give_up "the application could not be updated"
works || give_up "the new key has stopped working"
say "the application has the new key; the old one ends in ${GRACE_SECONDS:-60} seconds"
sleep "${GRACE_SECONDS:-60}"

as_member DELETE "$keys/$old_id"
say "deleted $old_id"
