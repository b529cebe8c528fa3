#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a step sends from host to host, and what that costs on a slow network.

  bench/hosts/run.py [--rate 1gbit] [--pairs N] [--directory DIR]

Two hosts made of namespaces of this machine (tests/cluster/hosts.sh; needs root, ip and tc), with a
limit on what each sends and receives. Four ranks on each add up within their host first; three and
five, as no two hosts of a job should have them, send what each rank has. Prints Markdown; the
measurements go to bench/results/ as lines of JSON.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import machine
import measurements

ROOT = machine.ROOT
HOSTS = ROOT / "tests/cluster/hosts.sh"
LAYOUTS = {"4 and 4": "h1:4,h2:4", "3 and 5": "h1:3,h2:5"}
MODEL = {"name": "custom", "n_layer": 4, "n_head": 4, "n_embd": 512, "block_size": 64}
BATCH = 8
STEPS, WARM_UP = 22, 2


class Network:
    """Two hosts while it is open."""
    def __init__(self, rate):
        self.rate = rate
        self.state = pathlib.Path(f"/run/lockstep-bench-{os.getpid()}")
        self.environment = {**os.environ, "LOCKSTEP_HOSTS": str(self.state), "LC_ALL": "C.UTF-8",
                            "OMP_NUM_THREADS": "1", "OMPI_MCA_btl": "tcp,vader,self",
                            "OMPI_MCA_mpi_yield_when_idle": "1", "OMPI_MCA_plm_rsh_agent":
                            str(ROOT / "tests/cluster/remote_shell.sh")}

    def hosts(self, *arguments, **options):
        return subprocess.run([HOSTS, *map(str, arguments)], env=self.environment, text=True,
                              capture_output=True, check=True, **options)

    def __enter__(self):
        self.hosts("up", 2)
        switch = (self.state / "switch.pid").read_text().strip()
        for number in (1, 2):
            limit = ["root", "tbf", "rate", self.rate, "burst", "1mb", "latency", "50ms"]
            self.hosts("on", f"h{number}", "tc", "qdisc", "add", "dev", "eth0", *limit)
            subprocess.run(["nsenter", "-t", switch, "-n", "tc", "qdisc", "add", "dev",
                            f"port{number}", *limit], check=True)
        return self

    def __exit__(self, *_):
        self.hosts("down")

    def bytes_sent(self):
        """By the host that has sent the most."""
        shown = (self.hosts("on", host, "ip", "-s", "-j", "link", "show", "eth0").stdout
                 for host in ("h1", "h2"))
        return max(json.loads(each)[0]["stats64"]["tx"]["bytes"] for each in shown)


def train(network, options, folder, layout, steps):
    """Tokens a second of each step behind the warm-up, and what a host has sent meanwhile."""
    before = network.bytes_sent()
    network.hosts("on", "h1", ROOT / "launch/hosts.sh", "--quiet", "--bind", "none", "--hosts",
                  LAYOUTS[layout], options.bin / "trainer", "--config", "model.json", "--tokenizer",
                  "byte", "--data-file", "text.txt", "--batch-size", BATCH, "--lanes", BATCH,
                  "--max-steps", steps, "--export", "none", "--overwrite", "--metrics-file",
                  "metrics.jsonl", "--log-every", 1, cwd=folder)
    lines = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
    speeds = [line["tokens_per_second"] for line in lines if line.get("tokens_per_second")]
    (folder / "metrics.jsonl").unlink()
    return speeds[WARM_UP:], network.bytes_sent() - before


def measure(network, options, folder, layout):
    _, few = train(network, options, folder, layout, WARM_UP)
    speeds, many = train(network, options, folder, layout, STEPS)
    return {"what": "steps", "layout": layout, "tokens_per_second": speeds,
            "bytes_of_a_host": (many - few) // (STEPS - WARM_UP)}


def table(lines, rate):
    rows = []
    for layout in LAYOUTS:
        mine = [line for line in lines if line["layout"] == layout]
        speeds = [speed for line in mine for speed in line["tokens_per_second"]]
        sent = statistics.median(line["bytes_of_a_host"] for line in mine)
        rows.append([layout, f"{sent / 1e6:.1f}", f"{statistics.median(speeds):.0f}",
                     f"{max(speeds):.0f}"])
    return measurements.table(["ranks on the two hosts", "MB a host sends in a step",
                               f"tokens/s at {rate}, median", "best"], rows)


def measure_all(options, results):
    with tempfile.TemporaryDirectory(prefix="lockstep-bench-", dir=options.directory) as name:
        folder = pathlib.Path(name)
        (folder / "model.json").write_text(json.dumps({"model": MODEL}), encoding="utf-8")
        text = (ROOT / "data/zh_sample.txt").read_text(encoding="utf-8")
        (folder / "text.txt").write_text(text * 6, encoding="utf-8")
        for _ in range(options.pairs):
            for layout in LAYOUTS:
                with Network(options.rate) as network:
                    results.add(measure(network, options, folder, layout))


def main():
    measurements.end_in_good_order()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", default="1gbit", help="of a host, each way, as tc writes it")
    parser.add_argument("--pairs", type=int, default=3, help="runs of each kind, in turn (3)")
    parser.add_argument("--directory", type=machine.folder, default=pathlib.Path("/var/tmp"))
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin")
    parser.add_argument("--python", type=pathlib.Path, default=ROOT / ".deps/python/bin/python")
    options = parser.parse_args()
    options.bin = options.bin.resolve()
    if not (options.bin / "trainer").exists():
        parser.error(f"{options.bin} has no trainer: launch/build.sh release")
    head = {"benchmark": "hosts", "rate": options.rate, "model": MODEL, "batch": BATCH,
            **machine.description(options.python, options.directory)}
    results = measurements.Results(head)
    measure_all(options, results)
    print(f"# What leaves a host, {head['date'][:10]}, commit {head['commit'][:12]}\n")
    print(f"{head['processor']}, {head['cores']} cores for both hosts; torch {head['torch']}, "
          f"{head['openmpi']}; load before: {head['load_before']}\n")
    print(table(results.lines, options.rate))


if __name__ == "__main__":
    main()
