#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Looks over sources with clang-tidy 14 and the rules in .clang-tidy; any finding fails. Needs the
# dev build's list of commands, and builds nothing.
#
#   launch/tidy.sh              every source of src/ and tests/
#   launch/tidy.sh --no-torch   those that do not include LibTorch, which takes most of the time
#   launch/tidy.sh FILE ...     these
source "$(dirname "$0")/common.sh"

choice=all
case "${1:-}" in
  -h|--help) usage "$0"; exit 0 ;;
  --no-torch) choice=no-torch; shift ;;
  -*) fail "unknown option '$1' (try --help)" ;;
esac
# Other versions find a little else.
clang_tidy=$(command -v clang-tidy-14 || true)
[[ -n $clang_tidy ]] || fail "clang-tidy-14 is missing (launch/setup.sh --tests installs it)"
commands=build/dev/compile_commands.json
[[ -e $commands ]] || fail "$commands is missing (launch/build.sh dev makes it)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# clang cannot read GCC's precompiled header, and sources include what they need.
sed -E 's: -Winvalid-pch -include [^ ]*/cmake_pch\.hxx::' "$commands" >"$work/compile_commands.json"

# The sources of ours that the build knows, one a line.
known_files() {
  python3 - "$commands" "$PWD" "$choice" <<'PYTHON'
import json, sys
commands, root, choice = sys.argv[1:]
for entry in json.load(open(commands)):
    file = entry["file"].removeprefix(root + "/")
    uses_torch = "cmake_pch" in entry["command"]
    # The rules are for C++; the fault shim is C, and takes the names of the C library.
    is_ours = file.startswith(("src/", "tests/")) and file.endswith(".cpp")
    if is_ours and not (choice == "no-torch" and uses_torch):
        print(file)
PYTHON
}

if [[ $# -gt 0 ]]; then printf '%s\n' "$@"; else known_files; fi | sort -u >"$work/files"
count=$(wc -l <"$work/files")
[[ $count -gt 0 ]] || fail "there is nothing to look over"

# Findings go to standard output; standard error counts the warnings of other people's headers.
if ! xargs -P "$(nproc)" -n 1 "$clang_tidy" --quiet -p "$work" <"$work/files" \
  >"$work/findings" 2>"$work/errors"; then
  grep -v 'warnings generated\.$' "$work/errors" >&2 || true
  cat "$work/findings"
  exit 1
fi
echo "clang-tidy: $count files, no findings"
