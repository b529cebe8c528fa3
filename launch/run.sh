#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Starts a program on several ranks of this machine: mpirun with the binding, threads and flags that
# suit it, all of them printed.
#
#   launch/run.sh [--quiet] [--bind core|none] [-np N] PROGRAM [ARGUMENT ...]
#
# -np         ranks; as many as there are cores by default
# --bind      core (the default): each rank has its share of the cores to itself; none: the system
#             moves them about
# --quiet     does not print the command
# PROGRAM     a path, or the name of a program in build/release/bin
# OMP_NUM_THREADS, if set, is the number of threads of each rank.
caller_folder=$PWD
source "$(dirname "$0")/common.sh"
source launch/mpirun.sh

quiet=no
bind=core
ranks=
while [[ $# -gt 0 ]]; do
  case "$1" in
    --quiet) quiet=yes; shift ;;
    --bind) value_of "$@"; bind=$2; shift 2 ;;
    -np|-n) value_of "$@"; ranks=$2; shift 2 ;;
    -h|--help) usage "$0"; exit 0 ;;
    -*) fail "unknown option '$1' (try --help)" "没有选项 '$1' (请看 --help)" ;;
    *) break ;;
  esac
done
[[ $# -gt 0 ]] || fail "no program was given (try --help)" "没有给出程序 (请看 --help)"
[[ $bind == core || $bind == none ]] || fail "--bind is '$bind'; it must be core or none" "--bind 是 '$bind'; 必须是 core 或 none"

program=$1
shift
[[ $program == */* || ! -x build/release/bin/$program ]] || program=$PWD/build/release/bin/$program
cd "$caller_folder"
command -v "$program" >/dev/null ||
  fail "there is no program '$program' (launch/build.sh makes it)" "没有程序 '$program' (由 launch/build.sh 生成)"
require_openmpi

cores=$(cores_of_machine)
allowed=$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc)  # nproc obeys both
(( cores >= 1 && cores <= allowed )) || cores=$allowed
ranks=${ranks:-$cores}
[[ $ranks =~ ^[1-9][0-9]*$ ]] ||
  fail "-np is '$ranks'; it must be a number of ranks, at least 1" "-np 是 '$ranks'; 必须是不小于 1 的进程数"

share=$(( cores > ranks ? cores / ranks : 1 ))
threads=${OMP_NUM_THREADS:-$share}
export OMP_NUM_THREADS=$threads
# -q: after a program that said what is wrong, mpirun need not say that it failed.
flags=(-q -np "$ranks")
if (( ranks * threads > cores )); then
  flags+=(--oversubscribe --bind-to none)
  export OMPI_MCA_mpi_yield_when_idle=1
elif [[ $bind == core ]]; then
  # With fewer threads than cores, what is left serves the saves and the reading ahead.
  flags+=(--map-by "slot:PE=$share" --bind-to core)
else
  flags+=(--bind-to none)
fi
let_root_start_ranks

if [[ $quiet == no ]]; then
  words "$(counted "$ranks" rank) on $(counted "$cores" core), $(counted "$threads" thread) each:" \
    "$cores 个核上 $ranks 个进程, 每个进程 $threads 个线程:"
  printf '\n%s\n' "OMP_NUM_THREADS=$threads mpirun $(typed "${flags[@]}" "$program" "$@")"
fi
exec mpirun "${flags[@]}" "$program" "$@"
