#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Four hosts (namespaces of this machine), one rank each, and what becomes of a run when a rank is
# killed or stopped, a host is cut off or switched off, or mpirun is killed. Prints, for each, how
# long it takes until the last process is gone, the message, the exit code and what is left running;
# then the run goes on, on three hosts, and must end with the root of the undisturbed run. With nft
# also what becomes of it where a firewall lets MPI through and the pulses not.
#
#   tests/cluster/hosts_test.sh [FOLDER OF TRAINER]      build/release/bin by default
#
# Needs root and namespaces: not part of ctest. Exit codes: 0 all is as it must be; 1 something is
# not; 77 it cannot run here.
cd "$(dirname "$0")/../.."
source tests/cluster/host_runs.sh
settings=(--model tiny --tokenizer byte --lang en --data-file text.txt --epochs 3
          --save-every-steps 25 --export none --peer-timeout 20)

# train NAME HOSTS [FLAG ...]: in the background; $job is its launcher.
train() {
  local name=$1 list=$2
  shift 2
  "$hosts" on h1 "$root/launch/hosts.sh" --quiet --bind none --hosts "$list" "$bin/trainer" \
    "${settings[@]}" --output-dir "$name" "$@" >"$name.log" 2>&1 &
  job=$!
}

# disturb NAME WHAT MESSAGE CODES LIMIT: the function WHAT happens to a run; the job must then be gone
# within LIMIT seconds with one of the exit codes, having said a message of that form.
disturb() {
  local name=$1 what=$2 message=$3 codes=$4 limit=$5 from status=0 remaining took processes
  echo "== $name"
  "$hosts" up 4
  train "$name" h1,h2,h3,h4
  wait_for_saves "$name"
  processes=$(all_of_the_job)
  from=$(date +%s.%N)
  "$what"
  while alive "$job" && awk -v t="$(seconds "$from")" 'BEGIN {exit !(t < 90)}'; do sleep 0.1; done
  ! alive "$job" || kill -KILL "$job"
  wait "$job" 2>/dev/null || status=$?
  for (( i = 0; i < 50; ++i )); do
    remaining=$(still $processes)
    [[ -n $remaining ]] || break
    sleep 0.1
  done
  took=$(seconds "$from")
  echo "    gone after $took s, exit code $status, left running: ${remaining:-nothing}"
  grep -aE '^(error|warning|hosts.sh)' "$name.log" | sed 's/^/    /' || true
  check "gone within $limit s" "$(is awk -v t="$took" -v l="$limit" 'BEGIN {exit !(t < l)}')"
  check "exit code $codes" "$(is grep -qx "$status" <<<"${codes// /$'\n'}")"
  [[ -z $message ]] || check "says: $message" "$(is grep -aqE "$message" "$name.log")"
  check "nothing is left" "$([[ -z $remaining ]] && echo yes || echo no)"
  "$hosts" down
  resume "$name"
}

# On three hosts, of which the run has lost one. What was committed when the run ended may not have
# had its names yet.
resume() {
  local name=$1 from steps went_on status=0
  from=$(newest "$name")
  steps=$(steps_of_newest "$name")
  "$hosts" up 4
  train "$name" h1,h2,h4 --auto-resume
  wait "$job" || status=$?
  "$hosts" down
  went_on=$(sed -n "s|.*Resuming from $name/.* and \([0-9]*\) steps completed.*|\1|p" "$name.log")
  check "goes on from $from or a later one on three hosts" \
    "$([[ -n $went_on ]] && (( went_on >= steps )) && echo yes || echo no)"
  check "ends with 0 and the root of the undisturbed run" \
    "$([[ $status == 0 && $(root_of "$name") == "$straight" ]] && echo yes || echo no)"
}

kill_rank() { kill -KILL $(named h3 trainer); }
kill_first_rank() { kill -KILL $(named h1 trainer); }
stop_rank() { kill -STOP $(named h3 trainer); }
unplug_host() { "$hosts" unplug h3; }
switch_host_off() { "$hosts" off h3; }
kill_mpirun() { kill -KILL $(named h1 mpirun); }
kill_mpirun_of_a_stopped_rank() { stop_rank; kill_mpirun; }

echo "== undisturbed"
"$hosts" up 4
train straight h1,h2,h3,h4
wait "$job" || { cat straight.log; exit 1; }
"$hosts" down
straight=$(root_of straight)
echo "    root $straight"

# Where hosts have as many ranks each, these add up among them first.
for list in h1:2,h2:2 h1:3,h2:1 h1:2,h2:2,h3:2; do
  name=${list//[:,]/_}
  echo "== several ranks on a host: $list"
  "$hosts" up 3
  train "$name" "$list"
  status=0
  wait "$job" || status=$?
  "$hosts" down
  check "ends with 0 and the root of one rank on each" \
    "$([[ $status == 0 && $(root_of "$name") == "$straight" ]] && echo yes || echo no)"
done

step='\(step [0-9]+, [a-z ]+\); the newest checkpoint is [a-z_]+/shards/[a-z0-9_]+; start again'
disturb rank_killed kill_rank "rank 2 on h3 is gone $step" "5" 10
disturb first_rank_killed kill_first_rank "rank 0 on h1 is gone $step" "5" 10
disturb rank_stopped stop_rank "rank 2 on h3 has not answered for [0-9]+ s $step" "5" 30
disturb host_unplugged unplug_host "rank 2 on h3 has not answered for [0-9]+ s $step" "5" 30
disturb host_off switch_host_off "rank 2 on h3 has not answered for [0-9]+ s $step" "5" 30
disturb mpirun_killed kill_mpirun "" "5" 10
disturb mpirun_killed_beside_a_stopped_rank kill_mpirun_of_a_stopped_rank "" "5" 10

# Pulses go to ports that the system chooses; MPI is told to take others.
block_pulses() {
  local host
  for host in h1 h2 h3 h4; do
    "$hosts" on "$host" nft "add table inet firewall; \
      add chain inet firewall input { type filter hook input priority 0; }; \
      add rule inet firewall input iifname eth0 tcp dport 32768-65535 \
        tcp flags & (syn | ack) == syn drop"
  done
}

# without_pulses NAME: a run on four hosts behind such firewalls.
without_pulses() {
  echo "== $1"
  "$hosts" up 4
  block_pulses
  OMPI_MCA_oob_tcp_dynamic_ipv4_ports=20000-20003 train "$1" h1,h2,h3,h4
}

cannot_connect='rank 1 on h2 cannot connect to rank 0 on h1, neither to \[.*10\.79\.0\.1 [0-9]+\]'
if ! command -v nft >/dev/null; then
  echo "== pulses_blocked"$'\n'"    SKIPPED: nft is missing"
else
  without_pulses pulses_blocked
  status=0
  wait "$job" || status=$?
  grep -aE '^(error|warning)' pulses_blocked.log | sed 's/^/    /' || true
  check "says: $cannot_connect" "$(is grep -aqE "^warning: .*$cannot_connect" pulses_blocked.log)"
  check "ends with 0 and the root of the undisturbed run" \
    "$([[ $status == 0 && $(root_of pulses_blocked) == "$straight" ]] && echo yes || echo no)"
  "$hosts" down

  without_pulses rank_killed_without_pulses
  wait_for_saves rank_killed_without_pulses
  kill_rank
  status=0
  wait "$job" || status=$?
  for (( i = 0; i < 50; ++i )); do [[ -n $(all_of_the_job) ]] || break; sleep 0.1; done
  check "exit code 5, from mpirun's own" "$([[ $status == 5 ]] && echo yes || echo no)"
  check "nothing is left" "$([[ -z $(all_of_the_job) ]] && echo yes || echo no)"
  "$hosts" down
  resume rank_killed_without_pulses
fi

# The launcher that starts again by itself.
echo "== supervised"
"$hosts" up 4
"$hosts" on h1 "$root/launch/supervise.sh" --quiet --bind none --hosts h1,h2,h3,h4 "$bin/trainer" \
  "${settings[@]}" --output-dir supervised >supervised.log 2>&1 &
job=$!
wait_for_saves supervised
switch_host_off
status=0
wait "$job" || status=$?
grep -aE '==>|^error|^warning|supervise.sh|hosts.sh' supervised.log | sed 's/^/    /'
check "ends with 0 by itself, on the hosts that remain" \
  "$([[ $status == 0 ]] && grep -aq 'h1:1,h2:1,h4:1' supervised.log && echo yes || echo no)"
check "ends with the root of the undisturbed run" \
  "$([[ $(root_of supervised) == "$straight" ]] && echo yes || echo no)"
check "nothing is left" "$([[ -z $(all_of_the_job) ]] && echo yes || echo no)"
"$hosts" down

all_hold
