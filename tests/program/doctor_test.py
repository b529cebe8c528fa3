# SPDX-License-Identifier: Apache-2.0
"""Starts that would go wrong end at once, and what trainer --doctor says before."""
import os
import subprocess
import unittest

from lockstep import BIN, TINY, ProgramTest, environment

ROOT_MAY = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
ENGLISH = [*TINY[:-2], "--lang", "en"]


class StartProgramTest(ProgramTest):
    def mpirun(self, *words, status):
        command = ["mpirun", "-q", "--oversubscribe", "--bind-to", "none", *map(str, words)]
        done = subprocess.run(command, cwd=self.folder, text=True, capture_output=True,
                              timeout=120, env=environment(**ROOT_MAY))
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def test_processes_that_mpi_does_not_join_do_not_train(self):
        said = ""
        for process in range(2):
            done = self.run_program("trainer", *ENGLISH, "--data-file", self.sample(), status=2,
                                    SLURM_STEP_NUM_TASKS="2", SLURM_PROCID=str(process))
            said += done.stderr
        self.assertEqual(said.count("srun started 2 processes"), 1)
        self.assertIn("srun --mpi=pmix", said)
        self.assertEqual(self.files("."), ["text.txt"])

    def test_ranks_with_other_arguments_are_named(self):
        text = self.sample()
        first = [BIN / "trainer", *ENGLISH, "--data-file", text]
        done = self.mpirun("-np", 1, *first, ":", "-np", 1, *first, "--seed", 7, status=2)
        self.assertEqual(done.stderr.count("rank 1 on "), 1)
        self.assertIn("start all ranks with one command line", done.stderr)
        self.assertEqual(self.files("."), ["text.txt"])

    def test_ranks_with_another_build_are_named(self):
        other = self.folder / "trainer"
        program = (BIN / "trainer").read_bytes()
        notes = subprocess.run(["readelf", "-n", BIN / "trainer"], text=True, capture_output=True)
        build = bytes.fromhex(notes.stdout.split("Build ID: ")[1].split()[0])
        other.write_bytes(program.replace(build, build[::-1]))
        other.chmod(0o755)
        arguments = [*ENGLISH, "--data-file", self.sample()]
        done = self.mpirun("-np", 1, BIN / "trainer", *arguments, ":", "-np", 1, other, *arguments,
                           status=2)
        self.assertIn("another build of the trainer than rank 0", done.stderr)

    def test_every_rank_may_report(self):
        done = self.run_program("trainer", *ENGLISH, "--data-file", self.sample(), "--max-steps", 2,
                                "--log-all-ranks", "--metrics-file", "m.jsonl", ranks=2)
        host = os.uname().nodename
        lines = [line for line in done.stdout.splitlines() if line]
        for rank in range(2):
            marked = [line for line in lines if line.startswith(f"rank {rank} on {host}: ")]
            self.assertTrue(any("Training loss" in line for line in marked), done.stdout)
        self.assertFalse([line for line in lines if not line.startswith("rank ")], done.stdout)
        self.assertEqual(len(self.metrics("m.jsonl")), 2)


class DoctorProgramTest(ProgramTest):
    def doctor(self, *arguments, status=0, ranks=2, lang="en"):
        return self.run_program("trainer", *TINY[:-2], *arguments, "--lang", lang, "--doctor",
                                ranks=ranks, status=status).stdout

    def test_a_good_place_is_fine_and_left_as_it_was(self):
        text = self.sample()
        for ranks in (0, 2):
            report = self.doctor("--data-file", text, "--save-config", "run.json", ranks=ranks)
            self.assertIn("Training here would be fine", report)
            self.assertIn("MB/s", report)
        self.assertIn("可以训练", self.doctor("--data-file", text, lang="zh"))
        self.assertEqual(self.files("."), ["text.txt"])

    def test_a_problem_gives_the_exit_code_of_its_kind(self):
        report = self.doctor("--data-file", "missing.txt", status=3)
        self.assertIn("❌", report)
        self.assertIn("missing.txt", report)
        self.assertIn("would not be fine", report)
        report = self.doctor("--data-file", self.sample(), "--output-dir", "/proc/run", status=4)
        self.assertIn("❌ writing /proc/", report)

    def test_a_folder_that_holds_a_run_is_a_problem_unless_it_is_resumed(self):
        text = self.sample()
        self.train("--data-file", text, "--max-steps", 2)
        files = self.files()
        self.assertIn("it holds a run already", self.doctor("--data-file", text, status=2))
        self.assertIn("would be fine", self.doctor("--resume"))
        self.assertEqual(self.files(), files)


if __name__ == "__main__":
    unittest.main()
