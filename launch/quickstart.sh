#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a fresh clone to a trained model: installs what is missing, builds, trains a small GPT on
# Chinese text with two MPI ranks, and lists its checkpoints. A second start continues from there.
#
#   launch/quickstart.sh
source "$(dirname "$0")/common.sh"
case "${1:-}" in
  -h|--help) usage "$0"; exit 0 ;;
  "") ;;
  *) fail "'$1' is too much (try --help)" "'$1' 是多余的 (请看 --help)" ;;
esac

say "Looking for what is missing (launch/setup.sh)" "查找缺少的东西 (launch/setup.sh)"
launch/setup.sh
say "Building (launch/build.sh release)" "编译 (launch/build.sh release)"
launch/build.sh release
say "Training on two ranks" "用两个进程训练"
launch/run.sh -np 2 trainer --model tiny --data-file data/zh_sample.txt \
  --output-dir checkpoints/quickstart --epochs 10 --learning-rate 3e-4 \
  --tokenizer-vocab-size 2048 --auto-resume
say "Its checkpoints (build/release/bin/ckpt-tool --checkpoint-dir checkpoints/quickstart list)" \
  "训练的检查点 (build/release/bin/ckpt-tool --checkpoint-dir checkpoints/quickstart list)"
build/release/bin/ckpt-tool --checkpoint-dir checkpoints/quickstart list
printf '\n%s\n' "$(words "Next:" "接下来:")"
cat <<'TEXT'
  export PATH=$PWD/build/release/bin:$PATH
  launch/run.sh -np 2 trainer --resume --output-dir checkpoints/quickstart --more-epochs 3
  launch/run.sh -np 2 trainer --data-file YOUR_TEXT --model tiny --output-dir checkpoints/mine
  trainer --preset extended --dry-run
  LLM_CHECKPOINT=checkpoints/quickstart/best_model.pt make serve
  ckpt-tool --checkpoint-dir checkpoints/quickstart clean --keep 1 --dry-run
TEXT
