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

script=train.sh
[[ -n ${SLURM_JOB_ID:-} ]] || { echo "error: slurm/$script: this is no Slurm job; submit it: sbatch slurm/$script ..." >&2; exit 2; }
# Slurm runs a copy of this file; where it lies itself, before its arguments, is the project.
original=$(scontrol show job "$SLURM_JOB_ID" | sed -n '0,/^ *Command=/s/^ *Command=//p')
until [[ -f $original || $original != *' '* ]]; do original=${original% *}; done
[[ -f $original ]] || { echo "error: slurm/$script: Slurm does not know this script's file ($original); submit it by its name: sbatch slurm/$script ..." >&2; exit 2; }
project=$(dirname "$(dirname "$(realpath "$original")")")
source "$project/slurm/job.sh"

threads=${SLURM_CPUS_PER_TASK:-1}
binding=
(( threads == 1 )) || binding="--map-by slot:PE=$threads $own_cpus"
train "${SLURM_NTASKS:-$SLURM_JOB_NUM_NODES}" "$threads" "$binding" "$@"
