#!/bin/bash
# Does what systemd does with keyward.service, as far as its lines say what a program gets: user, environment, credential, state directory, ready.
set -eu
unit=/etc/systemd/system/keyward.service
run=/run/keyward-test
credentials=/run/credentials/keyward.service

value() { sed -n "s/^$1=//p" "$unit" | tail -n 1; }

start() {
  local user state name socket
  user=$(value User)
  state=/var/lib/$(value StateDirectory)
  install -d -m "$(value StateDirectoryMode)" -o "$user" -g "$(value Group)" "$state"
  IFS=: read -r name socket <<<"$(value LoadCredential)"
  install -d -m 0500 -o "$user" "$credentials"
  install -m 0400 -o "$user" "$socket" "$credentials/$name"
  mkdir -p $run
  local -a variables=("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" "HOME=$state")
  while IFS= read -r line; do variables+=("${line//%d/$credentials}"); done < <(sed -n 's/^Environment=//p' "$unit")
  local file
  file=$(value EnvironmentFile)
  if [ -r "${file#-}" ]; then while IFS= read -r line; do variables+=("$line"); done <"${file#-}"; fi
  rm -f $run/out
  # shellcheck disable=SC2086 # a command with its arguments
  setsid env -i "${variables[@]}" setpriv --reuid "$user" --regid "$(value Group)" --clear-groups --no-new-privs --bounding-set=-all \
    $(value ExecStart) >$run/out 2>$run/err </dev/null &
  echo $! >$run/pid
  for _ in $(seq 300); do
    if grep -qs "^listening on" $run/out; then return 0; fi
    kill -0 "$(cat $run/pid)" || { cat $run/err >&2; exit 1; }
    sleep 0.1
  done
  exit 1
}

stop() {
  [ -e $run/pid ] || return 0
  kill -TERM "$(cat $run/pid)"
  for _ in $(seq 300); do
    # Nobody may have waited for it yet.
    if ! [ -e "/proc/$(cat $run/pid)" ] || grep -q '^State:.Z' "/proc/$(cat $run/pid)/status"; then rm $run/pid && return 0; fi
    sleep 0.1
  done
  exit 1
}

case "$*" in
  daemon-reload) ;;
  "enable --now keyward" | "start keyward") start ;;
  "restart keyward") stop && start ;;
  "stop keyward") stop ;;
  *) echo "systemctl $* is not known here" >&2 && exit 2 ;;
esac
