# SPDX-License-Identifier: Apache-2.0
"""What a checkpoint costs with PyTorch: torch.distributed.checkpoint and torch.save, over gloo.

  python dcp_peer.py --ranks 2 --directory DIR [--model gpt2-small|tiny] [--saves N] ...

Every rank holds the whole state (parameters and two moments, as plain tensors), as every rank of a
replicated model does; DCP divides the writing between them. Beside the saves each rank does work
shaped like a training step: matrix products as long as --step-seconds, a small all-reduce, then an
update of the whole state in place. A line of JSON per measurement goes to standard output:

  async_save   stall: until the call returns, and what the update had to wait for the staged copy;
               seconds: from the call until the last rank's future is done and the folder is fsynced
  save         the same files, written while training stands still
  torch_save   one file with everything, by rank 0, fsynced
  load         dcp.load into the state that is there; torch.load

DCP fsyncs its files (FileSystemWriter(sync_files=True) is its default) but not their folder, without
which the names may be gone after a power cut: one fsync of the folder is added here and counted.
"""
import argparse
import gc
import json
import os
import pathlib
import shutil
import sys
import tempfile
import threading
import time
import warnings

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.staging import AsyncStager, DefaultStager, StagingOptions

import files
import model_shapes

# How async_save makes its copy: as it comes; in a thread, the update waiting for it; into memory
# that is kept from save to save, which DCP itself does only for CUDA.
STAGINGS = ["default", "thread", "kept"]
SMALL_WORK = (256, 768)


class KeptStager(AsyncStager):
    """Copies the state into tensors that were made once."""

    def __init__(self):
        self.copy = None

    def stage(self, state_dict):
        if self.copy is None:
            self.copy = {group: {name: torch.empty_like(tensor) for name, tensor in tensors.items()}
                         for group, tensors in state_dict.items()}
        for group, tensors in state_dict.items():
            for name, tensor in tensors.items():
                self.copy[group][name].copy_(tensor)
        return self.copy

    @property
    def should_synchronize_after_execute(self):
        return False

    def synchronize_staging(self):
        pass

    def close(self):
        pass


def make_stager(staging):
    if staging == "thread":
        return DefaultStager(StagingOptions(use_pinned_memory=False, use_shared_memory=False,
                                            use_async_staging=True, use_non_blocking_copy=False))
    return KeptStager() if staging == "kept" else None


def make_state(shapes, seed):
    generator = torch.Generator().manual_seed(seed)
    return {group: {name: torch.empty(shape).uniform_(0.1, 1.0, generator=generator)
                    for name, shape in shapes.items()}
            for group in ("model", "exp_avg", "exp_avg_sq")}


def bytes_of(state):
    return sum(tensor.nbytes for tensors in state.values() for tensor in tensors.values())


class Work:
    """Stands for training: steps of about the same length, the ranks in step."""

    def __init__(self, state, step_seconds):
        self.state = state
        rows, width = SMALL_WORK
        self.x = torch.randn(rows, width)
        self.w = torch.randn(width, 4 * width)
        self.products = 0
        self.calibrate(step_seconds)

    def calibrate(self, step_seconds):
        """Chooses how many products make a step of `step_seconds`, its update included."""
        self.update()
        begin = time.perf_counter()
        self.update()
        left = step_seconds - (time.perf_counter() - begin)
        self.products = 20
        self.compute()
        begin = time.perf_counter()
        self.compute()
        self.products = max(1, int(20 * left / (time.perf_counter() - begin)))
        # Equal work on every rank, and so in every step.
        count = torch.tensor([self.products])
        dist.all_reduce(count, op=dist.ReduceOp.MIN)
        self.products = int(count)

    def compute(self):
        for _ in range(self.products):
            torch.mm(self.x, self.w)

    def update(self):
        for name, parameter in self.state["model"].items():
            first, second = self.state["exp_avg"][name], self.state["exp_avg_sq"][name]
            first.mul_(0.9).add_(parameter, alpha=1e-3)
            second.mul_(0.99).addcmul_(first, first, value=1e-2)
            parameter.add_(first, alpha=-1e-6)

    def step(self, before_update=lambda: None, flag=0):
        """Returns the seconds, and the least `flag` of all ranks."""
        begin = time.perf_counter()
        self.compute()
        flags = torch.tensor([flag])
        dist.all_reduce(flags, op=dist.ReduceOp.MIN)
        before_update()
        self.update()
        dist.barrier()
        return time.perf_counter() - begin, int(flags)


def worst(value):
    """The largest of all ranks' values."""
    values = [None] * dist.get_world_size()
    dist.all_gather_object(values, value)
    return max(values)


def every(value):
    values = [None] * dist.get_world_size()
    dist.all_gather_object(values, value)
    return values


class Peer:
    def __init__(self, rank, options):
        self.rank = rank
        self.options = options
        self.folder = pathlib.Path(options.directory)
        self.group = dist.new_group(backend="gloo")  # DCP's own, as its thread runs beside training
        shapes = model_shapes.shapes_of(options.model, options.block_size)
        self.state = make_state(shapes, seed=1)
        self.work = Work(self.state, options.step_seconds)
        self.memory_at_rest = files.resident_bytes()

    def extra_memory(self):
        """Of each rank: the peak over what it needs without any save."""
        return every(files.peak_memory() - self.memory_at_rest)

    def tell(self, what, **values):
        if self.rank == 0:
            line = {"side": "pytorch", "what": what, "ranks": self.options.ranks, **values}
            print(json.dumps(line), flush=True)

    def fresh(self, name):
        path = self.folder / name
        if self.rank == 0:
            shutil.rmtree(path, ignore_errors=True)
        dist.barrier()
        return path

    def drop(self, path):
        dist.barrier()
        if self.rank == 0:
            shutil.rmtree(path, ignore_errors=True)
        dist.barrier()

    def idle(self, steps):
        return [self.work.step()[0] for _ in range(steps)]

    def async_save(self, staging, warm_up, stager):
        path = self.fresh("dcp_async")
        quiet = self.idle(self.options.idle_steps)
        gc.collect()
        files.reset_peak_memory()
        done_at = threading.Event()
        moment = {}

        def on_done(_):
            moment["done"] = time.perf_counter()
            done_at.set()

        dist.barrier()
        begin = time.perf_counter()
        answer = dcp.async_save(self.state, checkpoint_id=path, process_group=self.group,
                                async_stager=stager)
        stall = time.perf_counter() - begin
        upload = getattr(answer, "upload_completion", answer)
        staged = getattr(answer, "staging_completion", None)
        upload.add_done_callback(on_done)
        waited = []

        def wait_for_copy():
            if staged is not None and not waited:
                start = time.perf_counter()
                staged.result()
                waited.append(time.perf_counter() - start)

        busy = []
        while True:
            was_done = done_at.is_set()
            seconds, all_done = self.work.step(wait_for_copy, flag=int(was_done))
            # A rank whose own part is done is still in step with those that write.
            if all_done and busy:
                break
            busy.append(seconds)
        upload.result()
        folder_seconds = files.sync_folder(path) if self.rank == 0 else 0.0
        busy[0] += stall  # the call belongs to the step it delays
        stall += sum(waited)
        self.tell("async_save", staging=staging, warm_up=warm_up, stall=worst(stall),
                  seconds=worst(moment["done"] - begin) + worst(folder_seconds),
                  bytes=files.bytes_in(path),
                  idle_steps=quiet, busy_steps=busy,
                  extra_memory=self.extra_memory())
        self.drop(path)

    def save(self, warm_up):
        path = self.fresh("dcp_save")
        gc.collect()
        files.reset_peak_memory()
        dist.barrier()
        processor = time.process_time()
        begin = time.perf_counter()
        dcp.save(self.state, checkpoint_id=path, process_group=self.group)
        if self.rank == 0:
            files.sync_folder(path)
        processor = time.process_time() - processor
        seconds = worst(time.perf_counter() - begin)
        self.tell("save", warm_up=warm_up, seconds=seconds, stall=seconds,
                  processor_seconds=sum(every(processor)), bytes=files.bytes_in(path),
                  extra_memory=self.extra_memory())
        return path

    def load(self, path, warm_up):
        resident = files.drop_from_cache(path) if self.rank == 0 else 0
        dist.barrier()
        processor = time.process_time()
        begin = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dcp.load(self.state, checkpoint_id=path, process_group=self.group)
        processor = time.process_time() - processor
        self.tell("load", warm_up=warm_up, seconds=worst(time.perf_counter() - begin),
                  processor_seconds=sum(every(processor)), bytes=bytes_of(self.state),
                  still_cached=resident)

    def torch_save(self, warm_up):
        path = self.folder / "torch_save.pt"
        if self.rank == 0:
            processor = time.process_time()
            begin = time.perf_counter()
            with open(path, "wb") as file:
                torch.save(self.state, file)
                file.flush()
                os.fsync(file.fileno())
            files.sync_folder(self.folder)
            seconds = time.perf_counter() - begin
            self.tell("torch_save", warm_up=warm_up, seconds=seconds, stall=seconds,
                      processor_seconds=time.process_time() - processor,
                      bytes=path.stat().st_size)
            resident = files.drop_from_cache(path)
            processor = time.process_time()
            begin = time.perf_counter()
            torch.load(path, weights_only=True)
            self.tell("torch_load", warm_up=warm_up, seconds=time.perf_counter() - begin,
                      processor_seconds=time.process_time() - processor,
                      bytes=path.stat().st_size, still_cached=resident)
            path.unlink()
        dist.barrier()

    def run(self):
        self.idle(self.options.idle_steps)
        for staging in STAGINGS:
            stager = make_stager(staging)
            for save in range(self.options.saves + 1):  # the first is the warm-up
                # DCP closes the stager of one save with it, but for the kept one.
                self.async_save(staging, save == 0,
                                stager if staging == "kept" else make_stager(staging))
        for save in range(self.options.saves + 1):
            path = self.save(save == 0)
            self.load(path, save == 0)
            self.drop(path)
            self.torch_save(save == 0)


def run_rank(rank, options, rendezvous):
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    torch.set_num_threads(options.threads)
    dist.init_process_group("gloo", init_method=f"file://{rendezvous}", rank=rank,
                            world_size=options.ranks)
    try:
        Peer(rank, options).run()
    finally:
        dist.destroy_process_group()


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--directory", required=True, help="an empty or new folder")
    parser.add_argument("--model", choices=model_shapes.MODELS, default="gpt2-small")
    parser.add_argument("--block-size", type=int, default=64)
    parser.add_argument("--saves", type=int, default=1, help="of each kind, after a warm-up")
    parser.add_argument("--idle-steps", type=int, default=2, help="before each save")
    parser.add_argument("--step-seconds", type=float, default=1.0, help="of matrix products")
    parser.add_argument("--threads", type=int, default=1, help="of each rank")
    return parser.parse_args()


def main():
    options = parse()
    folder = pathlib.Path(options.directory)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        torch.multiprocessing.spawn(run_rank, nprocs=options.ranks,
                                    args=(options, pathlib.Path(temporary) / "rendezvous"))


if __name__ == "__main__":
    sys.exit(main())
