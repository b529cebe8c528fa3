#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs on several hosts (namespaces of this machine) whose checkpoints lie on one disk that each of
# them sees through caches of its own (network_disk.cpp): all files must be whole, also when a host
# loses its power with what it had not sent yet, training must go on while the disk does not answer,
# and a run must go on elsewhere with the bits of one that nothing disturbs.
#
#   tests/cluster/network_disk_test.sh [FOLDER OF TRAINER]      build/release/bin by default
#
# Needs root, namespaces and FUSE (libfuse3-dev): not part of ctest. Exit codes: 0 all is as it must
# be; 1 something is not; 77 it cannot run here.
cd "$(dirname "$0")/../.."
source tests/cluster/host_runs.sh
[[ -c /dev/fuse ]] && pkg-config --exists fuse3 || skip "FUSE or libfuse3-dev is missing"
# shellcheck disable=SC2046  # several words are meant
"${CXX:-c++}" -std=c++20 -O1 "$root/tests/cluster/network_disk.cpp" -o "$work/network_disk" \
  $(pkg-config --cflags --libs fuse3)
settings=(--model tiny --tokenizer byte --lang en --data-file text.txt --save-every-steps 25
          --peer-timeout 20)
served=$work/served  # what the server of the disk has
disk=$work/disk      # what the hosts see
mkdir "$served" "$disk"
mv text.txt "$served"

# hosts_with_disk SECONDS links|no-links: three hosts that believe names and attributes so long.
hosts_with_disk() {
  local host
  "$hosts" up 3
  for host in h1 h2 h3; do
    "$hosts" on "$host" "$work/network_disk" "$served" "$disk" "$@" >"$work/$host.disk" 2>&1 &
    until "$hosts" on "$host" mountpoint -q "$disk"; do
      alive $! || { cat "$work/$host.disk" >&2; exit 1; }
      sleep 0.05
    done
  done
}

# on_disk HOST CMD ...: in the folder of the disk, as that host sees it.
on_disk() {
  local host=$1
  shift
  "$hosts" on "$host" sh -c 'cd "$0" && exec "$@"' "$disk" "$@"
}

# train NAME HOSTS EPOCHS [FLAG ...]: in the background, from the first of the hosts.
train() {
  local name=$1 list=$2 epochs=$3
  shift 3
  on_disk "${list%%[:,]*}" "$root/launch/hosts.sh" --quiet --bind none --hosts "$list" \
    "$bin/trainer" "${settings[@]}" --output-dir "$name" --epochs "$epochs" "$@" \
    >"$served/$name.log" 2>&1 &
  job=$!
}

# ended_well NAME ROOT: the run of $job.
ended_well() {
  local status=0
  wait "$job" || status=$?
  [[ $status == 0 ]] || tail -n 5 "$served/$1.log"
  check "ends with 0 and the root of the undisturbed run" \
    "$([[ $status == 0 && $(root_of "$served/$1") == "$2" ]] && echo yes || echo no)"
}

# all_whole NAME [HOST]: as the server has the files, or as a host sees them.
all_whole() {
  local verify=("$bin/ckpt-tool" --lang en --checkpoint-dir "$1" verify --all) found status=0
  if (( $# == 1 )); then
    found=$(cd "$served" && "${verify[@]}" 2>&1) || status=$?
  else
    found=$(on_disk "$2" "${verify[@]}" 2>&1) || status=$?
  fi
  (( status == 0 )) || echo "$found"
  check "all files are whole${2:+, as $2 sees them}" "$( ((status == 0)) && echo yes || echo no)"
}

# undisturbed EPOCHS: the root of a run on one rank and on a disk of its own.
undisturbed() {
  (cd "$served" && "$bin/trainer" "${settings[@]}" --epochs "$1" --output-dir "$work/epochs_$1" \
    >"$work/epochs_$1.log" 2>&1) || { cat "$work/epochs_$1.log" >&2; exit 1; }
  root_of "$work/epochs_$1"
}
straight=$(undisturbed 2)
longer=$(undisturbed 3)
echo "== undisturbed: root $straight"

for links in links no-links; do
  for list in h1:1,h2:1 h1:2,h2:2 h1:2,h2:1,h3:1; do
    name=${links}_${list//[:,]/_}
    echo "== $list, a disk with $links"
    hosts_with_disk 3 "$links"
    train "$name" "$list" 2
    ended_well "$name" "$straight"
    all_whole "$name"
    all_whole "$name" h2
    "$hosts" down
  done
done

# Another host goes on at once, and has looked at the folder just before.
echo "== elsewhere"
hosts_with_disk 10 links
train elsewhere h1,h2 2
wait_for_saves "$served/elsewhere"
on_disk h3 ls -lR elsewhere >/dev/null
ended_well elsewhere "$straight"
train elsewhere h3,h2 3 --resume
ended_well elsewhere "$longer"
all_whole elsewhere
"$hosts" down

# lost NAME HOST HOSTS: a host loses its power within the run; the others, which have seen the folder
# as it was, go on.
lost() {
  local name=$1 host=$2 rest=$3
  echo "== $name"
  hosts_with_disk 3 links
  train "$name" h1,h2,h3 2
  wait_for_saves "$served/$name"
  "$hosts" off "$host"
  wait "$job" || true
  all_whole "$name"
  train "$name" "$rest" 2 --auto-resume
  ended_well "$name" "$straight"
  check "goes on from a checkpoint" \
    "$(is grep -aqE 'Resuming from .* and [1-9][0-9]* steps completed' "$served/$name.log")"
  all_whole "$name"
  "$hosts" down
}
lost a_writer_is_lost h2 h1,h3
lost the_first_host_is_lost h1 h3,h2

# hangs NAME HOST: the disk does not answer that host for a while, as when its server starts anew.
hangs() {
  local name=$1 host=$2 player
  echo "== $name"
  echo '{"checkpoint": {"save_deadline_seconds": 4}}' >"$served/deadline.json"
  hosts_with_disk 3 links
  train "$name" h1,h2 20 --config deadline.json --metrics-file "$name.jsonl"
  wait_for_saves "$served/$name"
  player=$(named "$host" network_disk)
  kill -STOP "$player"
  sleep 15
  kill -CONT "$player"
  ended_well "$name" "$longest"
  check "training has gone on meanwhile" \
    "$( (( $(grep -ac 'still busy with an earlier save' "$served/$name.log") > 1 )) && echo yes ||
      echo no)"
  check "the metrics of every step are there" \
    "$( (( $(grep -c '"learning_rate"' "$served/$name.jsonl") == $(steps_of_newest "$served/$name") )) &&
      echo yes || echo no)"
  all_whole "$name"
  "$hosts" down
}
longest=$(undisturbed 20)
hangs the_disk_of_a_writer_hangs h2
hangs the_disk_of_the_first_host_hangs h1

# Readers on all hosts, who keep removed files open.
echo "== readers"
hosts_with_disk 3 links
train readers h1,h2 20
wait_for_saves "$served/readers"
for host in h1 h2 h3; do
  while alive "$job"; do
    on_disk "$host" "$bin/ckpt-tool" --checkpoint-dir readers verify --all >/dev/null 2>&1 || true
  done &
done
ended_well readers "$longest"
all_whole readers
"$hosts" down

all_hold
