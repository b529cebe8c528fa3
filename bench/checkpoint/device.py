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


def has_fio():
    return shutil.which("fio") is not None


def fio(folder, size, jobs, *more):
    """So many writers, each its own file, fsync included."""
    each = max(BLOCK, size // jobs // BLOCK * BLOCK)
    text = run(["fio", "--name=fio", f"--directory={folder}", "--rw=write", f"--bs={BLOCK}",
                f"--size={each}", f"--numjobs={jobs}", "--end_fsync=1", "--ioengine=psync",
                "--output-format=json", "--unlink=1", *more])
    # Warnings may stand before the JSON.
    answer = json.loads(text[text.index("{"):])
    slowest = max(job["write"]["runtime"] for job in answer["jobs"])  # milliseconds
    return {"bytes": each * jobs, "seconds": max(slowest, 1) / 1000}


def fio_write(folder, size, jobs):
    """As a user would write; absent without fio."""
    if not has_fio():
        return None
    return {"what": "fio_write", **fio(folder, size, jobs, "--fallocate=none")}


def fio_write_directly(folder, size, jobs):
    """Past the page cache, into space that was taken before: what costs a processor least."""
    return fio(folder, size, jobs, "--fallocate=posix", "--direct=1")


def dd_read(path):
    """Reads files one after the other, from the disk where the cache lets go of them."""
    still_cached = files.drop_from_cache(path)
    begin = time.perf_counter()
    for file in files.files_under(path):
        run(["dd", f"if={file}", "of=/dev/null", f"bs={BLOCK}", "status=none"])
    return {"what": "dd_read", "bytes": files.bytes_in(path), "still_cached": still_cached,
            "seconds": time.perf_counter() - begin}
