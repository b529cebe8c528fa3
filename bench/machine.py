# SPDX-License-Identifier: Apache-2.0
"""What a measurement was made on: nothing is worth keeping without it."""
import argparse
import datetime
import os
import pathlib
import platform
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]


def folder(text):
    """What --directory is given. Nothing is measured for minutes first."""
    if not os.path.isdir(text):
        raise argparse.ArgumentTypeError(f"there is no folder {text}")
    return pathlib.Path(text)


def output_of(*command):
    """What a command prints; empty if it fails or is not there."""
    try:
        done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def descendants(process):
    """The processes under `process`, by /proc."""
    parents = {}
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            # "pid (name) state parent ...": the name may have spaces and brackets.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            parents[int(folder.name)] = int(fields[1])
        except (OSError, IndexError, ValueError):
            continue
    found = {process}
    while True:
        more = {child for child, parent in parents.items() if parent in found} - found
        if not more:
            return found - {process}
        found |= more


def siblings_of(cpu):
    """The hardware threads of its core, as Linux lists them; itself where it lists none."""
    try:
        topology = pathlib.Path(f"/sys/devices/system/cpu/cpu{cpu}/topology")
        return (topology / "thread_siblings_list").read_text().strip()
    except OSError:
        return str(cpu)


def cores():
    """Of those that this process may use: two hardware threads of one core count once."""
    return len({siblings_of(cpu) for cpu in os.sched_getaffinity(0)})


def threads_of_a_rank(ranks, threads=0):
    """`threads`, or a fair share of the cores."""
    return threads or max(1, cores() // ranks)


def rank_environment(ranks, threads=0):
    """launch/run.sh shares the cores out unless it is told."""
    return {**os.environ, "LC_ALL": "C.UTF-8",
            "OMP_NUM_THREADS": str(threads_of_a_rank(ranks, threads))}


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def memory_bytes():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def file_system(path):
    """Kind and source of the file system that `path` lies on."""
    return output_of("findmnt", "--noheadings", "--output", "FSTYPE,SOURCE", "--target", str(path))


def torch_version(python):
    return output_of(str(python), "-c", "import torch; print(torch.__version__)")


def hdf5_version():
    for header in ("/usr/include/hdf5/serial/H5public.h", "/usr/include/H5public.h"):
        if os.path.exists(header):
            text = pathlib.Path(header).read_text()
            found = re.search(r'#define H5_VERS_INFO\s+"HDF5 library version: ([^"]+)"', text)
            if found:
                return found[1]
    return ""


def description(python, directory):
    status = output_of("git", "status", "--porcelain", "--untracked-files=no")
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "commit": output_of("git", "rev-parse", "HEAD") + (" with changes" if status else ""),
        "torch": torch_version(python),
        "hdf5": hdf5_version(),
        "openmpi": output_of("mpirun", "--version").partition("\n")[0],
        "kernel": platform.release(),
        "processor": processor(),
        "cores": cores(),
        "memory_bytes": memory_bytes(),
        "file_system": file_system(directory),
        "load_before": os.getloadavg()[0],
    }
