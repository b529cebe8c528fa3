#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Several trainings as one array job, each task a run of its own in a folder of its own, which goes on
# from there like that of slurm/train.sh.
#
#   sbatch --array=1-4 [SBATCH OPTION ...] slurm/array.sh [TRAINER ARGUMENT ...]
#   LOCKSTEP_RUNS=runs.txt sbatch --array=1-3 [SBATCH OPTION ...] slurm/array.sh [TRAINER ARGUMENT ...]
#
# Without LOCKSTEP_RUNS the number of the task is the --seed of its run. With it, line N of that file
# holds what task N adds to the arguments: "--preset quick --learning-rate 3e-4". The folder of a run
# is run-N below --output-dir, or below checkpoints. slurm/README.md says more.
#SBATCH --job-name=lockstep
#SBATCH --output=%x-%A_%a.log
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@180
set -euo pipefail

script=array.sh
[[ -n ${SLURM_JOB_ID:-} ]] || { echo "error: slurm/$script: this is no Slurm job; submit it: sbatch slurm/$script ..." >&2; exit 2; }
# Slurm runs a copy of this file; where it lies itself, before its arguments, is the project.
original=$(scontrol show job "$SLURM_JOB_ID" | sed -n '0,/^ *Command=/s/^ *Command=//p')
until [[ -f $original || $original != *' '* ]]; do original=${original% *}; done
[[ -f $original ]] || { echo "error: slurm/$script: Slurm does not know this script's file ($original); submit it by its name: sbatch slurm/$script ..." >&2; exit 2; }
project=$(dirname "$(dirname "$(realpath "$original")")")
source "$project/slurm/job.sh"

task=${SLURM_ARRAY_TASK_ID:-}
[[ -n $task ]] || fail "this is no array job; give sbatch --array=1-N" "这不是数组作业; 请给 sbatch 加上 --array=1-N"
own="--seed $task"
if [[ -n ${LOCKSTEP_RUNS:-} ]]; then
  own=$(awk -v task="$task" 'NR == task' <"$LOCKSTEP_RUNS") ||
    fail "there is no $LOCKSTEP_RUNS (LOCKSTEP_RUNS)" "没有 $LOCKSTEP_RUNS (LOCKSTEP_RUNS)"
  [[ -n $own ]] || fail "$LOCKSTEP_RUNS has no line $task for this task; the first line is that of task 1" \
    "$LOCKSTEP_RUNS 没有本任务的第 $task 行; 第一行是任务 1 的"
fi
read -ra own_arguments <<<"${own%$'\r'}"  # split at blanks, and nothing else is done to them
folder=$(folder_in "$@")/run-$task
arguments=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --output-dir) shift ;;
    --output-dir=*) ;;
    *) arguments+=("$1") ;;
  esac
  [[ $# -eq 0 ]] || shift
done

threads=${SLURM_CPUS_PER_TASK:-1}
binding=
(( threads == 1 )) || binding="--map-by slot:PE=$threads $own_cpus"
train "${SLURM_NTASKS:-$SLURM_JOB_NUM_NODES}" "$threads" "$binding" "${arguments[@]}" "${own_arguments[@]}" \
  --output-dir "$folder"
