#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What ssh is to hosts, for those of hosts.sh: remote_shell.sh HOST COMMAND. Like ssh it runs on the
# caller's side, and does not notice by itself when the other host is switched off.
state=${LOCKSTEP_HOSTS:-/run/lockstep-hosts}
host=$1
shift
if [[ -e $state/$host.off ]]; then
  echo "connecting to $host: no route to it" >&2
  exit 255
fi
nsenter -t "$(cat "$state/$host.pid")" -n -u -i -m --wd="$PWD" sh -c "$*" &
wait $!
status=$?
[[ ! -e $state/$host.off ]] || exec sleep infinity
exit $status
