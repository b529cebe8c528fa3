# SPDX-License-Identifier: Apache-2.0
r"""Side by side with PyTorch in bfloat16. An emulated GPU needs minutes for it:

    cd tests/compat; LOCKSTEP_BIN=$PWD/../../build/dev/bin/emulated_gpu PYTHONPATH=../support \
        ../../.deps/python/bin/python -m unittest gpu_bf16_parity_test
"""
import numpy
import torch

from gpu_peer import DEVICE, GpuPeerTest
from pytorch_peer import Peer, distance


class GpuBf16ParityProgramTest(GpuPeerTest):
    def test_bf16_is_as_near_to_fp32_as_that_of_pytorch_is(self):
        # The yardsticks: PyTorch's own two precisions, and a start one part in ten million away.
        bf16, fp32, nearby = (Peer(self.text, device=DEVICE, precision=precision)
                              for precision in (torch.bfloat16, torch.float32, torch.bfloat16))
        with torch.no_grad():
            for parameter in nearby.model.parameters():
                parameter.mul_(1 + 1e-7)
        ours = self.train_from(bf16, 300, "--precision", "bf16")
        bf16, fp32, nearby = ([peer.step(number) for number in range(300)]
                              for peer in (bf16, fp32, nearby))
        self.assertLess(numpy.mean(fp32[-50:]), 0.6 * fp32[0], "it is not about learning")
        noise = max(distance(bf16, fp32), distance(bf16, nearby))
        self.assertLess(distance(ours, fp32), 2 * noise, f"noise {noise}")
