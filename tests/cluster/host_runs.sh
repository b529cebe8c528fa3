# SPDX-License-Identifier: Apache-2.0
# What tests of runs on several hosts (hosts.sh) begin with; to be sourced from the project's folder,
# with the folder of trainer as $1. Leaves one in an empty folder, $work, with a text; $root is the
# project's, $bin that of trainer.
set -euo pipefail
root=$PWD
bin=$(realpath "${1:-build/release/bin}")
export LOCKSTEP_HOSTS=/run/lockstep-hosts-$$
export OMPI_MCA_plm_rsh_agent=$root/tests/cluster/remote_shell.sh
export OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_btl=tcp,self OMP_NUM_THREADS=1 LC_ALL=C.UTF-8
hosts=$root/tests/cluster/hosts.sh

skip() { echo "SKIPPED: $*" >&2; exit 77; }
(( $(id -u) == 0 )) || skip "namespaces of this kind need root"
for tool in ip nsenter unshare setpriv mpirun; do
  command -v "$tool" >/dev/null || skip "$tool is missing"
done
[[ -x $bin/trainer ]] || skip "there is no $bin/trainer; build it, or name its folder"
"$hosts" up 1 2>/dev/null || { "$hosts" down; skip "this system gives no namespaces"; }
"$hosts" down

work=$(mktemp -d)
trap 'cd "$root"; "$hosts" down 2>/dev/null || true; rm -rf "$work"' EXIT
head -c 60000 data/zh_sample.txt | iconv -c -f UTF-8 -t UTF-8 >"$work/text.txt"
cd "$work"
passed=0
failed=0

check() {
  if [[ $2 == yes ]]; then passed=$(( passed + 1 )); else failed=$(( failed + 1 )); fi
  printf '    %-4s %s\n' "$([[ $2 == yes ]] && echo ok || echo FAIL)" "$1"
}
is() { if "$@" >/dev/null 2>&1; then echo yes; else echo no; fi; }
seconds() { awk -v from="$1" -v to="$(date +%s.%N)" 'BEGIN {printf "%.1f", to - from}'; }
alive() { [[ -e /proc/$1 ]] && ! grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null; }
network() { readlink "/proc/$1/ns/net" 2>/dev/null || true; }
named() {  # the processes of a host with this name
  local process mine
  mine=$(network "$(cat "$LOCKSTEP_HOSTS/$1.pid")")
  for process in $(pgrep -x "$2"); do
    [[ $(network "$process") != "$mine" ]] || ! alive "$process" || echo "$process"
  done
}
all_of_the_job() {
  local host name
  for host in h1 h2 h3 h4; do for name in trainer orted mpirun; do named "$host" "$name"; done; done
}
still() { local process; for process in "$@"; do ! alive "$process" || echo "$process"; done; }
newest() { readlink "$1/shards/latest"; }
root_of() {
  grep -o '"root": *"[0-9a-f]*"' "$1/shards/latest/manifest.json" | grep -o '[0-9a-f]\{64\}'
}
steps_of_newest() {
  grep -o -m1 '"step": *[0-9]*' "$1/shards/latest/manifest.json" | grep -o '[0-9]*$'
}

# The run NAME of $job has a checkpoint: wait_for_saves NAME
wait_for_saves() {
  until [[ -L $1/shards/latest ]]; do
    alive "$job" || { cat "$1.log"; exit 1; }
    sleep 0.05
  done
  sleep 1.5  # ranks say once a second where they are
}

all_hold() {
  echo "== $passed of $(( passed + failed )) checks hold"
  (( failed == 0 ))
}
