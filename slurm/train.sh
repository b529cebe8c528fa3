#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains as a Slurm job until the run is complete: before the time limit the job saves and goes back
# into the queue, and goes on from there when it starts again, with as many ranks as it then has.
#
#   sbatch [SBATCH OPTION ...] slurm/train.sh [TRAINER ARGUMENT ...]
#   sbatch --nodes=2 --ntasks-per-node=8 --cpus-per-task=4 --time=8:00:00 slurm/train.sh --preset extended
#
# One rank for each task (for each node where their number is not given), of --cpus-per-task threads.
# LOCKSTEP_TRAINER is the trainer, if it is not build/release/bin/trainer of this project.
# slurm/README.md says more.
#SBATCH --job-name=lockstep
#SBATCH --output=%x-%j.log
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@180
set -euo pipefail

say() { printf '==> %s\n' "$*"; }
fail() { printf 'error: slurm/train.sh: %s\n' "$*" >&2; exit 2; }

[[ -n ${SLURM_JOB_ID:-} ]] || fail "this is no Slurm job; submit it: sbatch slurm/train.sh ..."

# Slurm runs a copy of this file; where it lies itself is the project.
original=$(scontrol show job "$SLURM_JOB_ID" | sed -n 's/^ *Command=\([^ ]*\).*/\1/p')
trainer=${LOCKSTEP_TRAINER:-$(dirname "$(dirname "$(realpath "$original")")")/build/release/bin/trainer}
[[ -x $trainer ]] || fail "there is no $trainer; build it with launch/build.sh, or name it in LOCKSTEP_TRAINER"

folder=checkpoints
for (( i = 1; i <= $#; ++i )); do
  case "${!i}" in
    --output-dir) next=$(( i + 1 )); folder=${!next:-} ;;
    --output-dir=*) folder=${!i#*=} ;;
  esac
done
newest() { readlink "$folder/shards/latest" || true; }

ranks=${SLURM_NTASKS:-$SLURM_JOB_NUM_NODES}
threads=${SLURM_CPUS_PER_TASK:-1}
export OMP_NUM_THREADS=$threads
# A host that is gone is noticed after 12 s, not after 8 minutes.
flags=(-q -np "$ranks" --mca oob_tcp_keepalive_time 5 --mca oob_tcp_keepalive_intvl 2
       --mca oob_tcp_keepalive_probes 3)
(( threads == 1 )) || flags+=(--map-by "slot:PE=$threads" --bind-to core)
if [[ $(id -u) -eq 0 ]]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi

before=$(newest)
start=$(( ${SLURM_RESTART_COUNT:-0} + 1 ))
say "job $SLURM_JOB_ID, start $start: $ranks ranks of $threads threads on $SLURM_JOB_NODELIST;" \
    "newest checkpoint: ${before:-none}"
# mpirun passes USR1 on to all ranks. It is the only signal trapped here: bash loses one of two that
# come together.
job=
trap '[[ -z $job ]] || kill -USR1 "$job" 2>/dev/null || true' USR1
mpirun "${flags[@]}" "$trainer" "$@" --auto-resume &
job=$!
while :; do
  status=0
  wait "$job" || status=$?
  kill -0 "$job" 2>/dev/null || break
done

after=$(newest)
say "the trainer ended with $status; newest checkpoint: ${after:-none}"
# 75: saved on request, there is more to do. 5 and mpirun's own codes from 128 on: a rank or a host was
# lost; what was saved since the start is gone on from, without it another start would fare no better.
if (( status == 5 || status >= 128 )); then
  [[ -n $after && $after != "$before" ]] || exit "$status"
elif (( status != 75 )); then
  exit "$status"
fi
# Without a name for the newest, it is not known here: --config names the folder, or the file system
# knows no symbolic links.
if [[ -n $after && $after == "$before" ]]; then
  say "nothing was saved since the start: the job is not put back into the queue; give it more --time"
  exit 1
fi
say "back into the queue"
scontrol requeue "$SLURM_JOB_ID"
exit 75
