# SPDX-License-Identifier: Apache-2.0
# What scripts say, here and in slurm/, in the language that the programs go by; to be sourced.

# words ENGLISH [CHINESE]
words() {
  case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in
    zh*) printf '%s' "${2:-$1}" ;;
    *) printf '%s' "$1" ;;
  esac
}
