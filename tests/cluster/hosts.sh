#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Hosts made of namespaces of this machine: h1, h2, ... each with a name, an address (10.79.0.N), a
# network and a /dev/shm of its own. Nothing of the machine's own network is touched. Needs root.
#
#   hosts.sh up N            makes them
#   hosts.sh on HOST CMD ..  runs a command there
#   hosts.sh pids HOST       the processes there
#   hosts.sh unplug HOST     packets vanish; nobody is told
#   hosts.sh off HOST        the same, and all that runs there ends: the power is gone
#   hosts.sh down            ends and removes all of it
#
# LOCKSTEP_HOSTS is the folder of its state.
set -euo pipefail
state=${LOCKSTEP_HOSTS:-/run/lockstep-hosts}

holder() { cat "$state/$1.pid"; }
network() { readlink "/proc/$1/ns/net"; }
on() { local host=$1; shift; nsenter -t "$(holder "$host")" -n -u -i -m --wd="$PWD" "$@"; }

# Runs a command for ever in namespaces of its own, and remembers it under a name.
hold() {
  local name=$1 pid
  shift
  setsid unshare "$@" sh -c 'touch "$0"; exec sleep infinity' "$state/$name.up" \
    </dev/null >/dev/null 2>&1 &
  pid=$!
  until [[ -e $state/$name.up ]]; do kill -0 "$pid"; sleep 0.01; done
  echo "$pid" >"$state/$name.pid"
}

pids() {
  local mine process
  mine=$(network "$(holder "$1")")
  [[ -n $mine && $mine != "$(network 1)" ]]  # never those of the machine itself
  for process in /proc/[0-9]*; do
    [[ $(network "${process#/proc/}" 2>/dev/null) != "$mine" ]] || echo "${process#/proc/}"
  done
}

up() {
  local i
  mkdir "$state"
  for (( i = 0; i <= $1; ++i )); do echo "10.79.0.$i h$i"; done >"$state/names"
  sed -i 's/.* h0$/127.0.0.1 localhost/' "$state/names"
  hold switch --net
  nsenter -t "$(holder switch)" -n sh -c 'ip link add bridge0 type bridge; ip link set bridge0 up'
  for (( i = 1; i <= $1; ++i )); do
    hold "h$i" --net --uts --ipc --mount --propagation private
    nsenter -t "$(holder switch)" -n sh -c "
      ip link add port$i type veth peer name eth0 netns $(holder "h$i")
      ip link set port$i master bridge0 up"
    on "h$i" sh -c "
      hostname h$i
      mount -t tmpfs tmpfs /dev/shm
      mount --bind $state/names /etc/hosts
      ip link set lo up
      ip addr add 10.79.0.$i/24 dev eth0
      ip link set eth0 up"
  done
}

unplug() { nsenter -t "$(holder switch)" -n ip link set "port${1#h}" nomaster; }

off() {
  local all
  touch "$state/$1.off"
  unplug "$1"
  all=$(pids "$1" | grep -vx "$(holder "$1")" || true)
  [[ -z $all ]] || kill -KILL $all
}

down() {
  local file name
  for file in "$state"/*.pid; do
    [[ -e $file ]] || continue
    name=$(basename "$file" .pid)
    kill -KILL $(pids "$name") 2>/dev/null || true
  done
  rm -rf "$state"
}

case "${1:-}" in
  up|on|pids|unplug|off|down) "$@" ;;
  *) sed -n '3,/^[^#]/{s/^# \{0,1\}//p}' "$0"; exit 2 ;;
esac
