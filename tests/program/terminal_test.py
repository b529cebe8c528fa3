# SPDX-License-Identifier: Apache-2.0
"""What is shown on a terminal, and on one that can do less or is wanted plain."""
import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
import unittest

from lockstep import ProgramTest, TINY, command, environment

PATIENCE = 300  # seconds
ROWS, COLUMNS = 24, 100
BAR = b"\rTraining"


class TerminalProgramTest(ProgramTest):
    def shown(self, *arguments, ranks=0, when_drawn=lambda: None, **variables):
        """What the trainer writes to a terminal, with line ends as they are in a file."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        plain = environment(**variables)
        for name in {"NO_COLOR", "COLORTERM"} - set(variables):
            plain.pop(name, None)
        run = subprocess.Popen(command("trainer", arguments, ranks), cwd=self.folder, stdin=theirs,
                               stdout=theirs, stderr=theirs, env=plain)
        self.addCleanup(run.kill)
        os.close(theirs)
        text = b""
        try:
            while piece := os.read(ours, 4096):
                is_drawn = BAR in text
                text += piece
                if BAR in text and not is_drawn:
                    when_drawn()
        except OSError:  # the other end is closed
            pass
        os.close(ours)
        run.wait(timeout=PATIENCE)
        return text.decode().replace("\r\n", "\n")

    def trained(self, name, term):
        return self.shown(*TINY, "--data-file", self.sample(), "--max-steps", 3, "--output-dir", name,
                          TERM=term)

    def test_a_dumb_terminal_gets_the_lines_of_a_log_file(self):
        text = self.trained("dumb", "dumb")
        self.assertNotIn("\r", text)
        self.assertNotIn("\x1b", text)
        self.assertGreater(text.count("Training"), 1)
        text = self.trained("bar", "xterm-256color")
        self.assertIn("\rTraining", text)
        self.assertIn("\x1b[K", text)

    def test_a_warning_takes_the_progress_bar_off_its_line(self):
        for ranks in (0, 2):
            text = self.shown(*TINY, "--data-file", self.sample(), "--max-steps", 3, "--metrics-file",
                              "/dev/full", "--overwrite", ranks=ranks, TERM="xterm-256color",
                              NO_COLOR="1")
            self.assertIn("\r\x1b[Kwarning: writing metrics file /dev/full", text)

    def test_so_does_what_another_rank_says(self):
        text = self.shown(*TINY, "--data-file", self.sample(), "--epochs", 100_000, "--output-dir",
                          "stopped", "--peer-timeout", 10, ranks=2, TERM="xterm-256color", NO_COLOR="1",
                          when_drawn=lambda: os.kill(self.ranks_running("stopped")[0], signal.SIGSTOP))
        self.assertRegex(text, "\r\x1b\\[Kerror \\(rank 1 on .*\\): rank 0 on .* has not answered")

    def test_a_warning_is_coloured_but_where_nobody_wants_that(self):
        wrong = ("--batch-size", "0")
        for variables in ({}, {"NO_COLOR": ""}):
            text = self.shown(*wrong, TERM="xterm-256color", **variables)
            self.assertRegex(text, "\x1b\\[[0-9;]*m.*error")
        for variables in ({"TERM": "xterm-256color", "NO_COLOR": "1"},
                          {"TERM": "dumb", "COLORTERM": "truecolor"}):
            self.assertTrue(self.shown(*wrong, **variables).startswith("error: "))


if __name__ == "__main__":
    unittest.main()
