# SPDX-License-Identifier: Apache-2.0
"""The order in which an epoch visits its windows, written down a second time: src/batches/
sample_order.h says which method it is, and this must agree with it to the last bit."""

MASK = (1 << 64) - 1


def mix_bits(x):
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def random_bits(seed, purpose, stream, index):
    key = mix_bits(mix_bits(seed) ^ purpose)
    return mix_bits(mix_bits(key ^ stream) ^ index)


class SampleOrder:
    ROUNDS = 6
    PURPOSE = 2

    def __init__(self, seed, count):
        self.seed, self.count = seed, count
        self.half_bits = max(1, ((count - 1).bit_length() + 1) // 2)

    def window(self, epoch, position):
        value = self.permute(position, epoch)
        while value >= self.count:
            value = self.permute(value, epoch)
        return value

    def permute(self, value, epoch):
        mask = (1 << self.half_bits) - 1
        left, right = value >> self.half_bits, value & mask
        for i in range(self.ROUNDS):
            bits = random_bits(self.seed, self.PURPOSE, epoch * self.ROUNDS + i, right)
            left, right = right, (left ^ bits) & mask
        return (left << self.half_bits) | right
