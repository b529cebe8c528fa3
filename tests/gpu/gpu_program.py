# SPDX-License-Identifier: Apache-2.0
"""Runs the trainer on a GPU, for the tests of this folder."""
from lockstep import BIN, ProgramTest

# A trainer each of whose ranks is a host of its own to NCCL, which refuses two ranks of one host on
# one GPU.
APART = f"""#!/bin/bash
export NCCL_HOSTID=$OMPI_COMM_WORLD_RANK NCCL_SOCKET_IFNAME=lo
exec {BIN}/trainer "$@"
"""


class GpuProgramTest(ProgramTest):
    def run_gpu(self, name, *arguments, ranks=0, device="cuda", trainer="trainer"):
        """Runs, and returns the roots that were said."""
        size = [] if "--config" in arguments else ["--model", "tiny"]
        done = self.run_program(
            trainer, *size, "--tokenizer", "byte", "--lang", "en", "--data-file", self.sample(2500),
            "--device", device, "--output-dir", name, "--metrics-file", f"{name}.jsonl", *arguments,
            ranks=ranks)
        return self.roots(done.stdout)

    def trainer_apart(self):
        apart = self.folder / "trainer"
        apart.write_text(APART)
        apart.chmod(0o755)
        return apart
