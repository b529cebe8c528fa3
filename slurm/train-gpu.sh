#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The same as slurm/train.sh on GPUs: one rank for each GPU, which takes the one with its number on
# the node. Prints the GPUs of every node and how the ranks are bound.
#
#   sbatch [SBATCH OPTION ...] slurm/train-gpu.sh [TRAINER ARGUMENT ...]
#   sbatch --nodes=2 --gpus-per-node=8 --time=8:00:00 slurm/train-gpu.sh --preset extended
#
# The cores of a node are shared out among its ranks. LOCKSTEP_TRAINER is the trainer, if it is not
# build/release/bin/trainer of this project; it must be built with CUDA. slurm/README.md says more.
#SBATCH --job-name=lockstep
#SBATCH --output=%x-%j.log
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@180
#SBATCH --exclusive
set -euo pipefail

script=train-gpu.sh
[[ -n ${SLURM_JOB_ID:-} ]] || { echo "error: slurm/$script: this is no Slurm job; submit it: sbatch slurm/$script ..." >&2; exit 2; }
# Slurm runs a copy of this file; where it lies itself, before its arguments, is the project.
original=$(scontrol show job "$SLURM_JOB_ID" | sed -n '0,/^ *Command=/s/^ *Command=//p')
until [[ -f $original || $original != *' '* ]]; do original=${original% *}; done
[[ -f $original ]] || { echo "error: slurm/$script: Slurm does not know this script's file ($original); submit it by its name: sbatch slurm/$script ..." >&2; exit 2; }
project=$(dirname "$(dirname "$(realpath "$original")")")
source "$project/slurm/job.sh"

gpus=${SLURM_GPUS_ON_NODE:-0}
(( gpus > 0 )) ||
  fail "this job has no GPUs; give sbatch --gpus-per-node=N" "这个作业没有 GPU; 请给 sbatch 加上 --gpus-per-node=N"
slots=${SLURM_TASKS_PER_NODE%%[(,]*}
(( slots >= gpus )) ||
  fail "a node has $gpus GPUs and $slots tasks; give sbatch --ntasks-per-node=$gpus" \
    "一个节点有 $gpus 块 GPU 和 $slots 个任务; 请给 sbatch 加上 --ntasks-per-node=$gpus"
cores=${SLURM_CPUS_ON_NODE:-$gpus}
threads=$(( cores > gpus ? cores / gpus : 1 ))
srun --overlap --ntasks-per-node=1 bash -c 'printf "==> %s: %s\n" "$(hostname)" "$(nvidia-smi \
  --query-gpu=index,name,uuid --format=csv,noheader 2>/dev/null | paste -sd ";" || true)"'
[[ -n $(argument_of --device "$@") ]] || set -- "$@" --device cuda
train $(( SLURM_JOB_NUM_NODES * gpus )) "$threads" \
  "--map-by ppr:$gpus:node:PE=$threads $own_cpus --report-bindings" "$@"
