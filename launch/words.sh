# SPDX-License-Identifier: Apache-2.0
# What scripts say, here and in slurm/, in the language that the programs go by; to be sourced where
# the arguments are the script's.

language=${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}
[[ ! " $* " =~ \ --lang[\ =](zh|en)\  ]] || language=${BASH_REMATCH[1]}

# words ENGLISH [CHINESE]
words() {
  case "$language" in
    zh*.[!Uu]*) printf '%s' "$1" ;;  # what is written is UTF-8
    zh*) printf '%s' "${2:-$1}" ;;
    *) printf '%s' "$1" ;;
  esac
}
