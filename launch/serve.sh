#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Serves a trained model over HTTP, on this machine alone: the file or checkpoint set in
# LLM_CHECKPOINT, else checkpoints/best_model.pt. Builds the server first where it is missing.
#
#   launch/serve.sh [options of server]
#   LLM_CHECKPOINT=checkpoints/latest.pt launch/serve.sh --port 8001
caller="$PWD"
source "$(dirname "$0")/common.sh"
case "${1:-}" in -h|--help) usage "$0"; exit 0 ;; esac

program="$PWD/build/release/bin/server"
if [[ ! -x $program ]]; then
  launch/setup.sh
  launch/build.sh release server
fi
# Threads that spin while they wait for each other stand in each other's way where something else wants
# the cores, and make up for it with a twentieth where nothing does.
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"
# Names of files mean what they mean where this was called.
cd "$caller"
exec "$program" "$@"
