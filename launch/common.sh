# SPDX-License-Identifier: Apache-2.0
# Shared by the scripts of this folder; to be sourced, after which the project's root is the
# current folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source launch/words.sh

# Each takes the English and the Chinese.
say() { printf '\n\033[1m==> %s\033[0m\n' "$(words "$@")"; }
warn() { printf '%s: %s\n' "$(basename "$0")" "$(words "$@")" >&2; }
fail() { warn "$@"; exit 1; }

# usage <script>: prints the comment at the top of a script.
usage() { sed -n '3,/^[^#]/{s/^# \{0,1\}//p}' "launch/$(basename "$1")"; }

# value_of OPTION [VALUE ...]: ends the script where an option is the last word.
value_of() { [[ $# -gt 1 ]] || fail "$1 needs a value (try --help)" "$1 需要一个值 (请看 --help)"; }
