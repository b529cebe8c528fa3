# SPDX-License-Identifier: Apache-2.0
# What launch/hosts.sh and launch/supervise.sh know of hosts; to be sourced after common.sh.

agent=${OMPI_MCA_plm_rsh_agent:-ssh}

# host_list HOSTS FILE RANKS: one line "NAME RANKS" for each host of h1,h2:4 or, if that is empty, of
# the lines "h1" and "h2 slots=4 max_slots=8" of FILE; RANKS where it says no number.
host_list() {
  local entry found=
  if [[ -n $1 ]]; then
    for entry in ${1//,/ }; do
      [[ $entry =~ ^([A-Za-z0-9._-]+)(:([1-9][0-9]*))?$ ]] ||
        fail "--hosts: '$entry' is no host; give h1,h2 or h1:4,h2:4" "--hosts: '$entry' 不是主机; 请给出 h1,h2 或 h1:4,h2:4"
      echo "${BASH_REMATCH[1]} ${BASH_REMATCH[3]:-$3}"
    done
    return
  fi
  [[ -r $2 ]] || fail "the host file '$2' cannot be read" "无法读取主机文件 '$2'"
  while read -r entry || [[ -n $entry ]]; do  # also without a line feed at the end
    entry=${entry%%#*}
    entry=${entry//[$'\t\r']/ }
    [[ -n ${entry// /} ]] || continue
    [[ $entry =~ ^([A-Za-z0-9._-]+)(\ +slots=([1-9][0-9]*))?(\ +max[_-]slots=[1-9][0-9]*)?\ *$ ]] ||
      fail "$2: '$entry' is no host; a line is a name, or a name and slots=N" \
        "$2: '$entry' 不是主机; 每行是一个名称, 或名称加 slots=N"
    echo "${BASH_REMATCH[1]} ${BASH_REMATCH[3]:-$3}"
    found=yes
  done <"$2"
  [[ -n $found ]] || fail "the host file '$2' names no host" "主机文件 '$2' 里没有主机"
}

# Whether a program can be started there now; on this machine mpirun needs nobody's help.
# shellcheck disable=SC2086  # the agent may have options
is_there() {
  local own
  own=$(uname -n)
  case "$1" in localhost|"$own"|"${own%%.*}") return ;; esac
  timeout 10 $agent "$1" true </dev/null >/dev/null 2>&1
}

# The network on which this machine reaches a host, as 10.0.0.0/24; "via" if that is another than the
# host's own, by a gateway; nothing if it is this machine or there is no tool to ask.
network_to() {
  local address route device
  address=$(getent ahostsv4 "$1" | awk '{print $1; exit}') || return 0
  [[ -n $address ]] || return 0
  route=$(ip -o route get "$address" 2>/dev/null) || return 0
  [[ $route != *" via "* ]] || { echo via; return; }
  device=$(sed -n 's/.* dev \([^ ]*\).*/\1/p' <<<"$route")
  [[ -n $device && $device != lo ]] || return 0
  # 169.254.0.0/16 is there on many machines for what has no address yet; nobody is reached on it.
  ip -o -4 route show dev "$device" scope link 2>/dev/null | awk '$1 ~ "/" && $1 !~ /^169\.254\./ {print $1; exit}'
}
