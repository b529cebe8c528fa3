#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Starts a program on several hosts: mpirun with the binding, the network and the limits that suit
# them, all of them printed. The hosts need ssh without a password, the same program under the same
# name, and a file system that all of them share.
#
#   launch/hosts.sh --hosts h1,h2:4 [OPTION ...] PROGRAM [ARGUMENT ...]
#   launch/hosts.sh --hostfile F [OPTION ...] PROGRAM [ARGUMENT ...]
#
# --hosts           names; ":4" after one is its number of ranks
# --hostfile        a file with a line for each: its name, or its name and slots=4
# --ranks-per-host  ranks of a host for which no number is given; 1 by default
# --bind            core (the default): each rank has its share of the cores to itself; none: the
#                   system moves them about
# --interface       the network between the hosts, as eth0 or 10.0.0.0/24; found by itself if this
#                   machine has several and reaches no host by a gateway
# --quiet           does not print the command
# PROGRAM           a path, or the name of a program in build/release/bin
# OMP_NUM_THREADS, if set, is the number of threads of each rank.
#
# A signal (Ctrl-C, TERM, USR1, USR2, HUP) makes the program save and stop; a second Ctrl-C or TERM ends
# it at once. The exit code is the program's; 5 if a rank or a host was lost.
caller_folder=$PWD
source "$(dirname "$0")/common.sh"
source launch/host_list.sh
source launch/mpirun.sh

hosts=
file=
per_host=1
bind=core
interface=
quiet=no
while [[ $# -gt 0 ]]; do
  case "$1" in
    --hosts) value_of "$@"; hosts=$2; shift 2 ;;
    --hostfile) value_of "$@"; file=$2; shift 2 ;;
    --ranks-per-host) value_of "$@"; per_host=$2; shift 2 ;;
    --bind) value_of "$@"; bind=$2; shift 2 ;;
    --interface) value_of "$@"; interface=$2; shift 2 ;;
    --quiet) quiet=yes; shift ;;
    -h|--help) usage "$0"; exit 0 ;;
    -*) fail "unknown option '$1' (try --help)" "没有选项 '$1' (请看 --help)" ;;
    *) break ;;
  esac
done
[[ $# -gt 0 ]] || fail "no program was given (try --help)" "没有给出程序 (请看 --help)"
[[ -n $hosts || -n $file ]] ||
  fail "no hosts were given: --hosts h1,h2 or --hostfile F" "没有给出主机: --hosts h1,h2 或 --hostfile F"
[[ $per_host =~ ^[1-9][0-9]*$ ]] ||
  fail "--ranks-per-host is '$per_host'; it must be at least 1" "--ranks-per-host 是 '$per_host'; 必须不小于 1"
[[ $bind == core || $bind == none ]] || fail "--bind is '$bind'; it must be core or none" "--bind 是 '$bind'; 必须是 core 或 none"

program=$1
shift
[[ $program == */* || ! -x build/release/bin/$program ]] || program=$PWD/build/release/bin/$program
[[ $file == /* || -z $file ]] || file=$caller_folder/$file
list=$(host_list "$hosts" "$file" "$per_host")
cd "$caller_folder"
command -v "$program" >/dev/null ||
  fail "there is no program '$program' (launch/build.sh makes it)" "没有程序 '$program' (由 launch/build.sh 生成)"
require_openmpi

ranks=$(awk '{sum += $2} END {print sum}' <<<"$list")
most=$(awk '$2 > most {most = $2} END {print most}' <<<"$list")
flags=(-q -np "$ranks" --host "$(awk '{printf "%s%s:%s", comma, $1, $2; comma = ","}' <<<"$list")"
       "${keepalive[@]}")

# The hosts are taken to be alike.
cores=$(cores_of_machine)
threads=${OMP_NUM_THREADS:-$(( cores > most ? cores / most : 1 ))}
[[ -z ${OMP_NUM_THREADS:-} ]] || flags+=(-x OMP_NUM_THREADS)
if [[ $bind == core ]] && (( most * threads <= cores && most > 1 )); then
  flags+=(--map-by "slot:PE=$threads" --bind-to core)
else
  flags+=(--bind-to none)
fi

# Addresses such as those of docker0 are the same on every host, and lead nowhere.
own_networks=$(ls /sys/class/net | grep -cvx lo || true)
if [[ -z $interface ]] && (( own_networks > 1 )); then
  networks=$(awk '{print $1}' <<<"$list" | while read -r host; do network_to "$host"; done | sort -u)
  [[ $networks == *via* ]] || interface=${networks%%$'\n'*}
fi
[[ -z $interface ]] ||
  flags+=(--mca btl_tcp_if_include "$interface" --mca oob_tcp_if_include "$interface")
let_root_start_ranks

if [[ $quiet == no ]]; then
  count=$(wc -l <<<"$list")
  words "$(counted "$ranks" rank) on $(counted "$count" host):" "$count 台主机上 $ranks 个进程:"
  printf '\n%s\n' "mpirun $(typed "${flags[@]}" "$program" "$@")"
fi

# mpirun gets signals from here only, and does not outlive this script.
setsid setpriv --pdeathsig KILL mpirun "${flags[@]}" "$program" "$@" </dev/null &
job=$!
asked=0
ask_to_stop() { kill -USR1 "$job" 2>/dev/null || true; }
# After TERM mpirun waits, for ever, for hosts that do not answer.
end_now() {
  kill -TERM "$job" 2>/dev/null || true
  { sleep 10; kill -KILL "$job" 2>/dev/null || true; } &
}
on_end_signal() { if (( asked++ == 0 )); then ask_to_stop; else end_now; fi; }
trap ask_to_stop USR1 USR2 HUP
trap on_end_signal INT TERM
wait_for "$job"
# mpirun's own codes for a rank that was killed and a host that was lost.
(( status < 128 )) || {
  warn "mpirun ended with $status: a rank or a host was lost" "mpirun 以 $status 结束: 丢失了一个进程或一台主机"
  status=5
}
exit "$status"
