#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rate of a float32 matrix product of GPT-2 small's shape, as JSON: GFLOP/s, the best of some."""
import json
import time

import torch

ROWS, INNER, COLUMNS = 1024, 768, 3072
REPETITIONS = 20


def seconds_of_one(left, right, result):
    begin = time.perf_counter()
    torch.mm(left, right, out=result)
    return time.perf_counter() - begin


def main():
    left, right = torch.randn(ROWS, INNER), torch.randn(INNER, COLUMNS)
    result = torch.empty(ROWS, COLUMNS)
    best = min(seconds_of_one(left, right, result) for _ in range(REPETITIONS))
    print(json.dumps({"gflops": 2e-9 * ROWS * INNER * COLUMNS / best}))


if __name__ == "__main__":
    main()
