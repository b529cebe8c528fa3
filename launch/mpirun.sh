# SPDX-License-Identifier: Apache-2.0
# What the scripts that start mpirun share, here and in slurm/; to be sourced.

# A host that is gone is noticed after 12 s, not after 8 minutes.
keepalive=(--mca oob_tcp_keepalive_time 5 --mca oob_tcp_keepalive_intvl 2
           --mca oob_tcp_keepalive_probes 3)

# The options that these scripts give are OpenMPI's, with which the programs are built. REQUIRES: fail().
require_openmpi() {
  command -v mpirun >/dev/null ||
    fail "mpirun is missing; load the module of OpenMPI, or run launch/setup.sh, which installs it" \
      "没有 mpirun; 请加载 OpenMPI 的模块, 或运行 launch/setup.sh 来安装"
  [[ $(mpirun --version 2>/dev/null || true) == *"Open MPI"* ]] ||
    fail "$(command -v mpirun) is not OpenMPI's; load the module of the OpenMPI that the programs were built with" \
      "$(command -v mpirun) 不是 OpenMPI 的; 请加载编译程序时所用的 OpenMPI 模块"
}

# As root mpirun asks to be told so, twice.
let_root_start_ranks() {
  [[ $(id -u) -ne 0 ]] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
}

# The cores that this process may use, which in a container are not all, and not their hardware
# threads: a rank's arithmetic fills a core. 0 where there is no lscpu.
cores_of_machine() {
  local allowed
  allowed=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status)
  lscpu -p=CPU,CORE,SOCKET 2>/dev/null | awk -F, -v allowed="$allowed" '
    BEGIN {
      parts = split(allowed, part, ",")
      for (i = 1; i <= parts; ++i) {
        ends = split(part[i], end, "-")
        for (cpu = end[1] + 0; cpu <= end[ends] + 0; ++cpu) may[cpu] = 1
      }
    }
    !/^#/ && ($1 in may) && !(($2, $3) in seen) { seen[$2, $3] = 1; ++cores }
    END { print cores + 0 }' || true
}

# counted N WORD: "1 rank", "2 ranks".
counted() { printf '%s %s' "$1" "$2$([[ $1 == 1 ]] || printf s)"; }

# typed WORD ...: the words as a shell takes them back; plain ones as they are.
typed() {
  local word words=()
  for word; do
    [[ $word =~ ^[A-Za-z0-9_./:,=@%+-]+$ ]] || printf -v word %q "$word"
    words+=("$word")
  done
  printf '%s' "${words[*]}"
}

# wait_for JOB: until it has ended, also across signals that a trap takes; its exit code in `status`.
wait_for() {
  while kill -0 "$1" 2>/dev/null; do wait "$1" || true; done
  # Asked when it has ended: a signal that comes then is not its exit code.
  status=0
  wait "$1" || status=$?
}

# argument_of --NAME ARGUMENT ...: the last value that the arguments give it; empty if there is none.
argument_of() {
  local name=$1 value=
  shift
  while [[ $# -gt 0 ]]; do
    case "$1" in
      "$name") value=${2:-} ;;
      "$name="*) value=${1#*=} ;;
    esac
    shift
  done
  printf '%s' "$value"
}

# newest_in FOLDER: the newest set of a run; empty if it has none, or no name for it.
newest_in() { readlink "$1/shards/latest" || true; }
