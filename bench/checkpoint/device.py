# SPDX-License-Identifier: Apache-2.0
"""What the disk does by itself: the rates to hold a checkpoint's against."""
import json
import pathlib
import shutil
import subprocess
import time

import files

BLOCK = 4 << 20


def run(command):
    done = subprocess.run(list(map(str, command)), text=True, capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def dd_write(folder, size):
    """One writer, fsync included. Returns the seconds."""
    file = pathlib.Path(folder) / "dd.bin"
    begin = time.perf_counter()
    run(["dd", "if=/dev/zero", f"of={file}", f"bs={BLOCK}", f"count={max(1, size // BLOCK)}",
         "conv=fsync", "status=none"])
    seconds = time.perf_counter() - begin
    written = file.stat().st_size
    file.unlink()
    return {"what": "dd_write", "bytes": written, "seconds": seconds}


def fio_write(folder, size, jobs):
    """As many writers as ranks, each its own file, fsync included; absent without fio."""
    if shutil.which("fio") is None:
        return None
    each = max(BLOCK, size // jobs // BLOCK * BLOCK)
    text = run(["fio", "--name=fio", f"--directory={folder}", "--rw=write", f"--bs={BLOCK}",
                f"--size={each}", f"--numjobs={jobs}", "--end_fsync=1", "--fallocate=none",
                "--ioengine=psync", "--output-format=json", "--unlink=1"])
    # Warnings may stand before the JSON.
    answer = json.loads(text[text.index("{"):])
    slowest = max(job["write"]["runtime"] for job in answer["jobs"])  # milliseconds
    return {"what": "fio_write", "bytes": each * jobs, "seconds": max(slowest, 1) / 1000}


def dd_read(path):
    """Reads files one after the other, from the disk where the cache lets go of them."""
    still_cached = files.drop_from_cache(path)
    begin = time.perf_counter()
    for file in files.files_under(path):
        run(["dd", f"if={file}", "of=/dev/null", f"bs={BLOCK}", "status=none"])
    return {"what": "dd_read", "bytes": files.bytes_in(path), "still_cached": still_cached,
            "seconds": time.perf_counter() - begin}
