# SPDX-License-Identifier: Apache-2.0
"""What breaks in a process of its own is told, and ends there."""
import pathlib
import time
import unittest

import processes


class Processes(unittest.TestCase):
    def is_alive(self, process):
        """Killed is enough; whoever inherited it may not yet have asked for its status."""
        try:
            status = pathlib.Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
        except OSError:
            return False
        return status.rpartition(")")[2].split()[0] not in "ZX"

    def test_output_comes_back(self):
        self.assertEqual(processes.output_of(["echo", 7], 10), "7\n")

    def test_a_failure_says_how_and_why(self):
        with self.assertRaisesRegex(processes.Failed, "exit 3: out of memory"):
            processes.output_of(["sh", "-c", "echo out of memory >&2; exit 3"], 10)

    def test_only_the_end_of_a_long_message_is_kept(self):
        with self.assertRaises(processes.Failed) as caught:
            processes.output_of(["sh", "-c", "seq 10000; exit 1"], 10)
        self.assertTrue(str(caught.exception).endswith("10000"))
        self.assertLess(len(str(caught.exception)), 700)

    def test_children_end_with_what_took_too_long(self):
        with self.assertRaisesRegex(processes.Failed, "not done after 1 seconds: ") as caught:
            processes.output_of(["sh", "-c", "sleep 60 & echo $! >&2; wait"], 1.0)
        child = int(str(caught.exception).split()[-1])
        deadline = time.monotonic() + 10
        while self.is_alive(child) and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertFalse(self.is_alive(child))


if __name__ == "__main__":
    unittest.main()
