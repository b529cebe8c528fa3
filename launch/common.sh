# SPDX-License-Identifier: Apache-2.0
# Shared by the scripts of this folder; to be sourced, after which the project's root is the
# current folder.
set -euo pipefail
# A path means what it means where the script was called.
case "${LOCKSTEP_LIBTORCH:-/}" in /*) ;; *) export LOCKSTEP_LIBTORCH=$PWD/$LOCKSTEP_LIBTORCH ;; esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source launch/words.sh

# Each takes the English and the Chinese.
say() {
  local bold='' plain=''
  if [[ -t 1 && ${TERM:-dumb} != dumb ]]; then bold=$'\033[1m' plain=$'\033[0m'; fi
  printf '\n%s==> %s%s\n' "$bold" "$(words "$@")" "$plain"
}
warn() { printf '%s: %s\n' "$(basename "$0")" "$(words "$@")" >&2; }
fail() { warn "$@"; exit 1; }

# usage <script>: prints the comment at the top of a script.
usage() { sed -n '3,/^[^#]/{s/^# \{0,1\}//p}' "launch/$(basename "$1")"; }

# value_of OPTION [VALUE ...]: ends the script where an option is the last word.
value_of() { [[ $# -gt 1 ]] || fail "$1 needs a value (try --help)" "$1 需要一个值 (请看 --help)"; }
