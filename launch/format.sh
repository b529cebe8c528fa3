#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Formats every C++ file with clang-format 14 and the rules in .clang-format.
#
#   launch/format.sh           changes the files
#   launch/format.sh --check   changes nothing, fails if a file is not formatted
source "$(dirname "$0")/common.sh"

mode=(-i)
case "${1:-}" in
  -h|--help) usage "$0"; exit 0 ;;
  --check) mode=(--dry-run -Werror) ;;
  "") ;;
  *) fail "unknown option '$1' (try --help)" ;;
esac
# Other versions format a little differently.
clang_format=$(command -v clang-format-14 || true)
[[ -n $clang_format ]] || fail "clang-format-14 is missing (launch/setup.sh --tests installs it)"
find src tests bench \( -name '*.h' -o -name '*.cpp' -o -name '*.cu' -o -name '*.cuh' \) -print0 | xargs -0 "$clang_format" "${mode[@]}"
