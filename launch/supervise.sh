#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains on several hosts until the run is complete: when a rank or a host is lost, the run is
# started again from its last checkpoint, on the hosts that remain. Whether a start got on is what
# the run directory says; an exit code alone is not believed.
#
#   launch/supervise.sh [--max-restarts N] --hosts h1,h2:4 [OPTION ...] TRAINER [ARGUMENT ...]
#
# --max-restarts  starts in a row that may save nothing new before this gives up; 3 by default
# OPTION          those of launch/hosts.sh
# TRAINER         the trainer, as for launch/hosts.sh; it is given --auto-resume
#
# Exit codes: 0 complete; 75 a signal stopped it (see launch/hosts.sh) and the run is saved; 5 nothing
# new was saved by several starts, or no host is left; any other is the trainer's, of a failure that
# starting again does not mend.
caller_folder=$PWD
source "$(dirname "$0")/common.sh"
source launch/host_list.sh
source launch/mpirun.sh

max_restarts=3
hosts=
file=
per_host=1
options=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --max-restarts) value_of "$@"; max_restarts=$2; shift 2 ;;
    --hosts) value_of "$@"; hosts=$2; shift 2 ;;
    --hostfile) value_of "$@"; file=$2; shift 2 ;;
    --ranks-per-host) value_of "$@"; per_host=$2; shift 2 ;;
    --bind|--interface) value_of "$@"; options+=("$1" "$2"); shift 2 ;;
    --quiet) options+=("$1"); shift ;;
    -h|--help) usage "$0"; exit 0 ;;
    -*) fail "unknown option '$1' (try --help)" "没有选项 '$1' (请看 --help)" ;;
    *) break ;;
  esac
done
[[ $# -gt 0 ]] || fail "no trainer was given (try --help)" "没有给出 trainer (请看 --help)"
[[ -n $hosts || -n $file ]] ||
  fail "no hosts were given: --hosts h1,h2 or --hostfile F" "没有给出主机: --hosts h1,h2 或 --hostfile F"
[[ $max_restarts =~ ^[0-9]+$ ]] ||
  fail "--max-restarts is '$max_restarts'; it must be a number" "--max-restarts 是 '$max_restarts'; 必须是一个数"
[[ $file == /* || -z $file ]] || file=$caller_folder/$file
launcher=$PWD/launch/hosts.sh
list=$(host_list "$hosts" "$file" "$per_host")
cd "$caller_folder"

[[ -z $(argument_of --more-epochs "$@") ]] ||
  fail "--more-epochs would add epochs at every start; give --epochs N, all of them" \
    "--more-epochs 每次启动都会再加几轮; 请用 --epochs N 给出总轮数"
folder=$(argument_of --output-dir "$@")
[[ -n $folder || -z $(argument_of --config "$@") ]] ||
  fail "with --config, name the run's folder by --output-dir too" "用 --config 时, 请也用 --output-dir 给出训练目录"
folder=${folder:-checkpoints}

job=
stopped=no
pass_on() { stopped=yes; [[ -z $job ]] || kill -"$1" "$job" 2>/dev/null || true; }
trap 'pass_on USR1' USR1 USR2
trap 'pass_on TERM' INT TERM

in_vain=0
start=0
while :; do
  there=$(while read -r host ranks; do
            if is_there "$host"; then echo "$host:$ranks"; else
              warn "$host does not answer and is left out" "$host 没有应答, 不再使用"; fi
          done <<<"$list" | paste -sd,) || true
  [[ $stopped == no ]] || exit 75
  [[ -n $there ]] || { warn "no host is left" "没有剩下的主机"; exit 5; }
  before=$(newest_in "$folder")
  (( ++start ))
  say "start $start on $there; newest checkpoint: ${before:-none}" \
    "第 $start 次启动: $there; 最新的检查点: ${before:-无}"
  [[ $stopped == no ]] || exit 75
  setsid setpriv --pdeathsig TERM "$launcher" --hosts "$there" "${options[@]}" "$@" --auto-resume &
  job=$!
  wait_for "$job"
  job=
  after=$(newest_in "$folder")
  say "start $start ended with $status; newest checkpoint: ${after:-none}" \
    "第 $start 次启动以 $status 结束; 最新的检查点: ${after:-无}"
  [[ $stopped == no ]] || exit "$status"
  case "$status" in
    # A launcher that was killed says 0 too; a complete run has nothing to do when it is started.
    0) [[ -z $after || $after != "$before" ]] || exit 0 ;;
    1|5) ;;
    *) exit "$status" ;;
  esac
  if [[ $after != "$before" ]]; then in_vain=0; continue; fi
  (( ++in_vain <= max_restarts )) ||
    { warn "$in_vain starts in a row saved nothing new" "连续 $in_vain 次启动都没有存下新的东西"; exit 5; }
  sleep 1 || true
done
