#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Looks over sources with clang-tidy 14 and the rules in .clang-tidy; any finding fails. Needs the
# dev build's list of commands, and that of the cuda build for what only it compiles. Builds nothing.
#
#   launch/tidy.sh              every source of src/ and tests/
#   launch/tidy.sh --quick      those of src/ that do not include LibTorch, which takes much less time
#   launch/tidy.sh FILE ...     these, each by itself
source "$(dirname "$0")/common.sh"

choice=all
case "${1:-}" in
  -h|--help) usage "$0"; exit 0 ;;
  --quick) choice=quick; shift ;;
  -*) fail "unknown option '$1' (try --help)" ;;
esac
# Other versions find a little else.
clang_tidy=$(command -v clang-tidy-14 || true)
[[ -n $clang_tidy ]] || fail "clang-tidy-14 is missing (launch/setup.sh --tests installs it)"
commands=(build/dev/compile_commands.json)
[[ -e ${commands[0]} ]] || fail "${commands[0]} is missing (launch/build.sh dev makes it)"
[[ ! -e build/cuda/compile_commands.json ]] || commands+=(build/cuda/compile_commands.json)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Writes the list of commands that clang-tidy is to use, and into `groups` what to look over: a line
# has a file, and what is to be looked over instead should that fail. Most of the time goes into the
# headers of other people, so sources with the same options go together into one file that includes
# them. Where a name in two of them clashes, or anything is found, each is looked over by itself.
python3 - "${commands[*]}" "$PWD" "$choice" "$work" "$@" <<'PYTHON'
import json, pathlib, re, sys
commands, root, choice, work, *chosen = sys.argv[1:]
TOGETHER = 12

def each_source(path):
    """The entries of a list of commands; of sources that are compiled together, one for each."""
    for entry in json.load(open(path)):
        if "/Unity/unity_" not in entry["file"]:
            yield entry
            continue
        for file in re.findall(r'^#include "(.*)"$', open(entry["file"]).read(), re.MULTILINE):
            command = entry["command"].replace(entry["file"], file)
            # GCC alone knows it.
            yield {**entry, "file": file, "command": command.replace(" -Wno-subobject-linkage", "")}

entries, sources, groups = [], {}, []
seen = set()
for entry in (entry for path in commands.split() for entry in each_source(path)):
    file = entry["file"].removeprefix(root + "/")
    if file in seen:
        continue
    seen.add(file)
    uses_torch = "lockstep_torch_header" in entry["command"]
    # clang cannot read GCC's precompiled headers, and sources include what they need.
    command = re.sub(r" -Winvalid-pch -include \S*/cmake_pch\.hxx", "", entry["command"])
    entries.append({**entry, "command": command})
    # The rules are for C++; the fault shim is C, and takes the names of the C library.
    is_ours = file.startswith(("src/", "tests/")) and file.endswith(".cpp")
    is_quick = file.startswith("src/") and not uses_torch
    if is_ours and (is_quick or choice == "all"):
        sources[file] = entries[-1]

unknown = [file for file in chosen if file.removeprefix(root + "/") not in seen]
if unknown:
    sys.exit(f"no build compiles {unknown[0]} (launch/build.sh cuda is the one for GPUs)")
if chosen:
    groups = [[file] for file in chosen]
else:
    alike = {}
    for file in sorted(sources):
        options = sources[file]["command"].partition(" -o ")[0]
        alike.setdefault(options, []).append(file)
    for files in alike.values():
        count = -(-len(files) // TOGETHER)
        # Neighbours resemble each other, down to the names.
        groups += [files[first::count] for first in range(count)]

with open(f"{work}/groups", "w") as list_of_groups:
    for number, files in enumerate(groups):
        together = files[0]
        if len(files) > 1:
            together = f"{work}/{number}.cpp"
            pathlib.Path(together).write_text(
                "".join(f'#include "{root}/{file}"  // NOLINT\n' for file in files))
            like = sources[files[0]]
            command = like["command"].replace(like["file"], together)
            entries.append({**like, "file": together, "command": command})
        print(together, *(files if len(files) > 1 else []), file=list_of_groups)
json.dump(entries, open(f"{work}/compile_commands.json", "w"))
print(sum(map(len, groups)), file=open(f"{work}/count", "w"))
PYTHON
count=$(<"$work/count")
[[ $count -gt 0 ]] || fail "there is nothing to look over"

# tidy <file> <name of its output>: findings go to standard output; standard error counts the warnings
# of other people's headers.
tidy() {
  "$clang_tidy" --quiet --config-file=.clang-tidy -p "$work" "$1" \
    >"$work/$2.findings" 2>"$work/$2.errors"
}

# look_over <file> [<file> ...]: the first; if it fails, the others instead.
look_over() {
  local file name=$BASHPID failed=0
  tidy "$1" "$name" && return
  if [[ $# -eq 1 ]]; then show "$name"; return 1; fi
  for file in "${@:2}"; do
    tidy "$file" "$name" || { show "$name"; failed=1; }
  done
  return $failed
}

show() {
  grep -v 'warnings generated\.$' "$work/$1.errors" >&2 || true
  cat "$work/$1.findings"
}

export clang_tidy work
export -f tidy look_over show
xargs -P "$(nproc)" -L 1 bash -c 'look_over "$@"' look_over <"$work/groups" || exit 1
echo "clang-tidy: $count files, no findings"
