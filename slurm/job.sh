# SPDX-License-Identifier: Apache-2.0
# What the job scripts of this folder share: bash that they source. It finds the trainer, starts the
# ranks, passes the signal of the time limit on to them, and puts a job that is not done back into the
# queue.

source "$project/launch/words.sh"
source "$project/launch/mpirun.sh"

# Each takes the English and the Chinese.
say() { printf '==> %s\n' "$(words "$@")"; }
fail() { printf '%s: slurm/%s: %s\n' "$(words error 错误)" "$script" "$(words "$@")" >&2; exit 2; }

trainer=${LOCKSTEP_TRAINER:-$project/build/release/bin/trainer}
[[ -x $trainer ]] ||
  fail "there is no $trainer; build it with launch/build.sh, or name it in LOCKSTEP_TRAINER" \
    "没有 $trainer; 请用 launch/build.sh 编译, 或用 LOCKSTEP_TRAINER 给出"

require_openmpi

# The folder of the run, by the trainer's arguments or the file that --config names.
folder_in() {
  local folder config
  folder=$(argument_of --output-dir "$@")
  config=$(argument_of --config "$@")
  if [[ -z $folder && -r $config ]]; then
    folder=$(sed -n 's/.*"directory" *: *"\([^"]*\)".*/\1/p' "$config" | head -n 1)
  fi
  printf '%s' "${folder:-checkpoints}"
}

# This job alone: the number of one task of an array may be that of all its tasks.
this_job=${SLURM_ARRAY_TASK_ID:+${SLURM_ARRAY_JOB_ID}_}${SLURM_ARRAY_TASK_ID:-$SLURM_JOB_ID}

# The job's time that is left, as --time-limit takes it; empty without a limit. The trainer knows how
# long its saves take, and stops early enough for one more.
time_left() {
  local end
  end=$(SLURM_TIME_FORMAT=standard scontrol show job "$this_job" | sed -n 's/.* EndTime=\([0-9T:-]*\).*/\1/p' | head -n 1)
  [[ -n $end ]] || return 0  # "Unknown"
  end=$(date -d "$end" +%s)
  local seconds=$(( end - $(date +%s) ))
  (( seconds <= 0 )) || printf '%d:%02d:%02d' $(( seconds / 3600 )) $(( seconds / 60 % 60 )) $(( seconds % 60 ))
}

# Binds a rank to the CPUs of its task: Slurm counts hardware threads where a core has several, and so must
# mpirun.
own_cpus="--bind-to hwthread --use-hwthread-cpus"

# Starts that may end without a checkpoint to show, before the job is not put back any more.
most_starts_in_vain=10

# train RANKS THREADS "MPIRUN FLAG ..." TRAINER ARGUMENT ...: the whole job; does not return.
train() {
  local ranks=$1 threads=$2 extra=$3
  shift 3
  local folder before after status start=$(( ${SLURM_RESTART_COUNT:-0} + 1 ))
  [[ -z $(argument_of --more-epochs "$@") ]] ||
    fail "--more-epochs would add epochs at every start of the job; give --epochs N, all of them" \
      "--more-epochs 在作业每次启动时都会再加几轮; 请用 --epochs N 给出总轮数"
  folder=$(folder_in "$@")
  export OMP_NUM_THREADS=$threads
  if [[ -z $(argument_of --time-limit "$@") ]]; then
    local limit
    limit=$(time_left)
    [[ -z $limit ]] || set -- "$@" --time-limit "$limit"
  fi
  # shellcheck disable=SC2206
  local flags=(-q -np "$ranks" "${keepalive[@]}" $extra)
  let_root_start_ranks

  before=$(newest_in "$folder")
  say "job $SLURM_JOB_ID, start $start: $(counted "$ranks" rank) of $(counted "$threads" thread) on $SLURM_JOB_NODELIST; newest checkpoint: ${before:-none}" \
    "作业 $SLURM_JOB_ID, 第 $start 次启动: $SLURM_JOB_NODELIST 上 $ranks 个进程, 每个 $threads 个线程; 最新的检查点: ${before:-无}"
  # mpirun passes USR1 on to all ranks. It is the only signal trapped here: bash loses one of two
  # that come together.
  job=
  trap '[[ -z $job ]] || kill -USR1 "$job" 2>/dev/null || true' USR1
  mpirun "${flags[@]}" "$trainer" "$@" --auto-resume &
  job=$!
  wait_for "$job"

  after=$(newest_in "$folder")
  say "the trainer ended with $status; newest checkpoint: ${after:-none}" \
    "trainer 以 $status 结束; 最新的检查点: ${after:-无}"
  # 75: saved on request, there is more to do. 5 and mpirun's own codes from 128 on: a rank or a host
  # was lost; what was saved since the start is gone on from, without it another start would fare no
  # better.
  if (( status == 5 || status >= 128 )); then
    [[ -n $after && $after != "$before" ]] || exit "$status"
  elif (( status != 75 )); then
    exit "$status"
  fi
  if [[ -n $after && $after == "$before" ]]; then
    say "nothing was saved since the start: the job is not put back into the queue; give it more --time" \
      "启动以来没有存下新的东西: 作业不再回到队列; 请给更多的 --time"
    exit 1
  fi
  # Without a name for the newest: the text is still being prepared, or the file system knows no
  # symbolic links.
  if [[ -z $after ]] && (( start >= most_starts_in_vain )); then
    say "no checkpoint was found after $start starts: the job is not put back into the queue; give it more --time" \
      "启动 $start 次后仍没有检查点: 作业不再回到队列; 请给更多的 --time"
    exit 1
  fi
  say "back into the queue" "回到队列"
  scontrol requeue "$this_job"
  exit 75
}
