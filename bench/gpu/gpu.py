# SPDX-License-Identifier: Apache-2.0
"""The GPU as nvidia-smi sees it; where there is none, nothing is known and nothing fails."""
import shutil
import subprocess
import threading

import machine

FACTS = ["name", "driver_version", "memory.total", "clocks.sm", "clocks.max.sm", "clocks.mem",
         "clocks.max.mem", "power.limit"]
SAMPLE_MILLISECONDS = 200
FIRST_GPU = "--id=0"


def facts():
    """Of the first GPU: {"name": ..., "clocks.max.sm": "1980 MHz", ...}."""
    line = machine.output_of("nvidia-smi", FIRST_GPU, "--query-gpu=" + ",".join(FACTS),
                             "--format=csv,noheader").partition("\n")[0]
    values = [value.strip() for value in line.split(",")]
    return dict(zip(FACTS, values)) if len(values) == len(FACTS) else {}


class UsedMemory:
    """The most memory in use on the GPU while the block runs, whoever uses it. One nvidia-smi
    stays open and tells: starting one again and again would disturb what is measured."""

    def __enter__(self):
        self.samples = []
        # Into a pipe nvidia-smi would keep its lines until it ends.
        by_line = ["stdbuf", "-oL"] if shutil.which("stdbuf") else []
        command = ["nvidia-smi", FIRST_GPU, "--query-gpu=memory.used",
                   "--format=csv,noheader,nounits", "-lms", str(SAMPLE_MILLISECONDS)]
        self.process = subprocess.Popen(by_line + command, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        return self

    def read(self):
        for line in self.process.stdout:
            if line.strip().isdigit():
                self.samples.append(int(line))

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.thread.join()
        self.process.stdout.close()

    def peak(self):
        return {"used_mib": max(self.samples)} if self.samples else {}
