#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Steps of PyTorch, eager or compiled, in a process of their own.

  peer.py --tokens FILE --batch N [--compile MODE] [--padded] [--model gpt2-small|small|tiny] ...
  python -m torch.distributed.run --nproc-per-node 2 peer.py ... --device cpu

Whatever a user of nanoGPT has: bf16 by autocast on float32 masters, AdamW, fused attention; on
several processes DistributedDataParallel over gloo, a batch being that of all. No loss is read
within the timed steps. The last line of standard output is a JSON object: the milliseconds of each
step, the seconds of all, memory, losses before and after.
"""
import argparse
import contextlib
import json
import os
import pathlib
import time

import numpy
import torch
from torch import distributed

import peer_model
import shapes
import zipf_tokens

MIB = 1 << 20


def processes():
    return int(os.environ.get("WORLD_SIZE", "1"))


def process():
    return int(os.environ.get("RANK", "0"))


class Batches:
    """Random windows of a token file, on their way to the device while it still computes."""

    def __init__(self, options, shape):
        self.tokens = numpy.memmap(options.tokens, dtype="<u2", mode="r",
                                   offset=zipf_tokens.HEADER_BYTES)
        self.random = numpy.random.default_rng(options.seed + process())
        self.batch = options.batch // processes()
        self.device = options.device
        self.window = numpy.arange(shape.positions + 1)

    def on_device(self, tokens):
        tokens = tokens.contiguous()
        if self.device == "cpu":
            return tokens
        return tokens.pin_memory().to(self.device, non_blocking=True)

    def next(self):
        starts = self.random.integers(0, len(self.tokens) - len(self.window) + 1, self.batch)
        windows = self.tokens[starts[:, None] + self.window].astype(numpy.int64)
        windows = torch.from_numpy(windows)
        return self.on_device(windows[:, :-1]), self.on_device(windows[:, 1:])


class GpuClock:
    """Moments in the GPU's own stream of work: taking one makes nobody wait."""

    def moment(self):
        event = torch.cuda.Event(enable_timing=True)
        event.record()
        return event

    def wait(self):
        torch.cuda.synchronize()

    def milliseconds(self, one, other):
        return one.elapsed_time(other)


class CpuClock:
    def moment(self):
        return time.perf_counter()

    def wait(self):
        pass

    def milliseconds(self, one, other):
        return 1e3 * (other - one)


class Training:
    def __init__(self, options):
        shape = shapes.SHAPES[options.model]
        vocabulary = shape.padded_vocabulary() if options.padded else shape.vocabulary
        with torch.device(options.device):
            self.model = peer_model.Gpt(shape, vocabulary)
        self.parameters = list(self.model.parameters())
        self.optimizer = torch.optim.AdamW(self.parameters, lr=1e-4, weight_decay=0.01,
                                           fused=options.tuned or None)
        self.loss_of = self.model
        if processes() > 1:
            self.loss_of = torch.nn.parallel.DistributedDataParallel(
                self.model, gradient_as_bucket_view=options.tuned)
        if options.compile:
            self.loss_of = torch.compile(self.loss_of, mode=options.compile, dynamic=False)
        self.device = options.device
        self.is_bf16 = options.precision == "bf16"
        self.batches = Batches(options, shape)
        self.batch = self.batches.next()

    def precision(self):
        if not self.is_bf16:
            return contextlib.nullcontext()
        return torch.autocast(self.device, dtype=torch.bfloat16)

    def step(self):
        """The next batch is asked for while the GPU is busy with this one."""
        with self.precision():
            loss = self.loss_of(*self.batch)
        loss.backward()
        self.batch = self.batches.next()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return loss


def warm_up(training, steps):
    """The seconds of the first step, which compiles, and the loss of the last."""
    begin = time.perf_counter()
    loss = training.step().item()
    first_seconds = time.perf_counter() - begin
    for _ in range(steps - 1):
        loss = training.step().item()
    return first_seconds, loss


def timed_steps(training, steps, clock):
    clock.wait()
    begin = time.perf_counter()
    moments = [clock.moment()]
    for _ in range(steps):
        loss = training.step()
        moments.append(clock.moment())
    clock.wait()
    wall_seconds = time.perf_counter() - begin
    step_ms = [clock.milliseconds(one, other) for one, other in zip(moments, moments[1:])]
    return {"step_ms": step_ms, "wall_seconds": wall_seconds, "loss_after": loss.item()}


def memory(device):
    if device == "cpu":
        return {}
    return {"allocated_mib": torch.cuda.max_memory_allocated() / MIB,
            "reserved_mib": torch.cuda.max_memory_reserved() / MIB}


def measure(options):
    torch.manual_seed(options.seed)
    if processes() > 1:
        distributed.init_process_group("gloo")
    torch.set_float32_matmul_precision("high")
    training = Training(options)
    first_seconds, loss = warm_up(training, options.warmup)
    if options.device == "cuda":
        torch.cuda.reset_peak_memory_stats()  # what compiling took is not what training takes
    clock = GpuClock() if options.device == "cuda" else CpuClock()
    timed = timed_steps(training, options.steps, clock)
    return {**timed, "first_step_seconds": first_seconds, "loss_before": loss,
            **memory(options.device)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tokens", type=pathlib.Path, required=True, help="a token file")
    parser.add_argument("--batch", type=int, required=True, help="sequences in a step")
    parser.add_argument("--compile", default="", metavar="MODE", help="torch.compile's mode")
    parser.add_argument("--padded", action="store_true",
                        help="a vocabulary that is a multiple of 64")
    parser.add_argument("--model", choices=list(shapes.SHAPES), default="gpt2-small")
    parser.add_argument("--tuned", action="store_true",
                        help="AdamW in one kernel, and gradients where they are exchanged")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--precision", choices=["bf16", "fp32"], default="bf16")
    parser.add_argument("--warmup", type=int, default=20)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    found = json.dumps(measure(parser.parse_args()))
    if process() == 0:
        print(found)


if __name__ == "__main__":
    main()
