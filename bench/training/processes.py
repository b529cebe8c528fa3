# SPDX-License-Identifier: Apache-2.0
"""A measurement in a process of its own: what it breaks, it breaks alone."""
import os
import signal
import subprocess
import tempfile

SHOWN_CHARACTERS = 600


class Failed(Exception):
    """Says why in a line or two."""


def end_of(text):
    """The last lines, where programs say why they ended."""
    return text.strip()[-SHOWN_CHARACTERS:]


def content(stream):
    stream.seek(0)
    return stream.read().decode(errors="replace")


def end_group(process):
    """With its children: torch.compile starts some."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def output_of(command, timeout, environment=None):
    """Standard output of a command that ended well within `timeout` seconds. It goes to a file: a
    pipe would be waited for until the last child has let go of it."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=errors, env=environment, start_new_session=True)
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Failed(f"not done after {timeout:.0f} seconds: "
                         f"{end_of(content(errors))}") from None
        finally:
            end_group(process)
        if status != 0:
            raise Failed(f"exit {status}: {end_of(content(errors) or content(output))}")
        return content(output)
