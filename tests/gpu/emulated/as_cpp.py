# SPDX-License-Identifier: Apache-2.0
"""Writes a file of kernels as C++ for the emulated GPU: python3 as_cpp.py <x.cu> <x.cpp>.

Two things of CUDA are no C++ and cannot be given by a header: a launch, and shared memory whose size
the launch decides.
"""
import pathlib
import re
import sys

EMULATED = "::lockstep::test::emulated"
LAUNCH = re.compile(r"(\w+(?:<[\w\s,:]+>)?)\s*<<<(.*?)>>>\s*\(", re.DOTALL)
SHARED = re.compile(r"extern __shared__ (?:__align__\(\d+\) )?([\w ]+) (\w+)\[\];")


def as_cpp(kernels: str) -> str:
    kernels = LAUNCH.sub(
        rf"{EMULATED}::run({{\2}}, [=](const auto&... given) {{ \1(given...); }}, ", kernels)
    return SHARED.sub(
        rf"auto* const \2 = reinterpret_cast<\1*>({EMULATED}::shared_memory());", kernels)


def main() -> None:
    source, destination = map(pathlib.Path, sys.argv[1:])
    destination.write_text(
        f'#include <cuda_runtime.h>\n#line 1 "{source}"\n{as_cpp(source.read_text())}')


if __name__ == "__main__":
    main()
