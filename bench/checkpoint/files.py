# SPDX-License-Identifier: Apache-2.0
"""Files and memory as both sides measure them."""
import ctypes
import mmap
import os
import pathlib
import time


def files_under(path):
    path = pathlib.Path(path)
    if path.is_file():
        return [path]
    return [file for file in sorted(path.rglob("*")) if file.is_file() and not file.is_symlink()]


def bytes_in(path):
    """Of all files under `path`; a file with several names counts once."""
    sizes = {}
    for file in files_under(path):
        status = file.stat()
        sizes[(status.st_dev, status.st_ino)] = status.st_size
    return sum(sizes.values())


def sync_folder(path):
    """Makes the names in a folder durable; returns the seconds it took."""
    begin = time.perf_counter()
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return time.perf_counter() - begin


def drop_from_cache(path):
    """Asks the system to forget the files' pages, so that the next read comes from the disk. Needs
    no rights and leaves everybody else's pages alone. Returns the part (0 to 1) that stayed."""
    pages = resident = 0
    for file in files_under(path):
        descriptor = os.open(file, os.O_RDONLY)
        try:
            os.fsync(descriptor)  # pages not yet written stay
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            here, all_of_them = cached_pages(descriptor)
        finally:
            os.close(descriptor)
        resident += here
        pages += all_of_them
    return resident / pages if pages else 0.0


def cached_pages(descriptor):
    """How many pages of the file are in memory, and how many it has."""
    size = os.fstat(descriptor).st_size
    if size == 0:
        return 0, 0
    count = (size + mmap.PAGESIZE - 1) // mmap.PAGESIZE
    # Private and writable, so that ctypes may take its address; nothing is written.
    mapping = mmap.mmap(descriptor, size, flags=mmap.MAP_PRIVATE,
                        prot=mmap.PROT_READ | mmap.PROT_WRITE)
    view = (ctypes.c_char * size).from_buffer(mapping)
    present = (ctypes.c_ubyte * count)()
    libc = ctypes.CDLL(None, use_errno=True)
    failed = libc.mincore(ctypes.c_void_p(ctypes.addressof(view)), ctypes.c_size_t(size), present)
    del view
    mapping.close()
    if failed:
        return 0, count
    return sum(page & 1 for page in bytes(present)), count


def status_bytes(field, process="self"):
    """A field of /proc/<process>/status in bytes; 0 if the process is gone."""
    try:
        with open(f"/proc/{process}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith(field + ":"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return 0


def resident_bytes(process="self"):
    return status_bytes("VmRSS", process)


def peak_memory(process="self"):
    """The most resident memory since the start, or since reset_peak_memory()."""
    return status_bytes("VmHWM", process)


def reset_peak_memory(process="self"):
    try:
        with open(f"/proc/{process}/clear_refs", "w", encoding="ascii") as control:
            control.write("5")
    except OSError:
        pass  # the peak is then that since the start
