# SPDX-License-Identifier: Apache-2.0
"""What is shown on a terminal, and on one that can do less or is wanted plain."""
import fcntl
import os
import pty
import struct
import subprocess
import termios
import unittest

from lockstep import ProgramTest, TINY, command, environment

PATIENCE = 300  # seconds
ROWS, COLUMNS = 24, 100


class TerminalProgramTest(ProgramTest):
    def shown(self, *arguments, **variables):
        """What the trainer writes to a terminal, with line ends as they are in a file."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        plain = environment(**variables)
        for name in {"NO_COLOR", "COLORTERM"} - set(variables):
            plain.pop(name, None)
        run = subprocess.Popen(command("trainer", arguments, 0), cwd=self.folder, stdin=theirs,
                               stdout=theirs, stderr=theirs, env=plain)
        self.addCleanup(run.kill)
        os.close(theirs)
        text = b""
        try:
            while piece := os.read(ours, 4096):
                text += piece
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
        text = self.shown(*TINY, "--data-file", self.sample(), "--max-steps", 3, "--metrics-file",
                          "/dev/full", TERM="xterm-256color", NO_COLOR="1")
        self.assertIn("\r\x1b[Kwarning: writing metrics file /dev/full", text)

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
