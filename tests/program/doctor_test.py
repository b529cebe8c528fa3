# SPDX-License-Identifier: Apache-2.0
"""Starts that would go wrong end at once, and what trainer --doctor says before."""
import os
import pathlib
import re
import shutil
import subprocess
import unittest

from lockstep import BIN, ROOT, TINY, ProgramTest, environment

ROOT_MAY = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
# Makes of a rank one of another host, and fails its calls: tests/faults/FORMAT.md.
SHIM = BIN / "liblockstep_faults.so"


def core_of(processor):
    """Two processors that are threads of one core have the same."""
    threads = pathlib.Path(f"/sys/devices/system/cpu/cpu{processor}/topology/thread_siblings_list")
    return threads.read_text() if threads.exists() else str(processor)


CORES = len({core_of(processor) for processor in os.sched_getaffinity(0)})


class StartProgramTest(ProgramTest):
    def start(self, *words, status, **changes):
        done = subprocess.run([*map(str, words)], cwd=self.folder, text=True, capture_output=True,
                              timeout=120, env=environment(**ROOT_MAY, **changes))
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def mpirun(self, *words, status):
        return self.start("mpirun", "-q", "--oversubscribe", "--bind-to", "none", *words,
                          status=status)

    def few_steps(self):
        return [BIN / "trainer", *TINY, "--data-file", self.sample(), "--max-steps", 2,
                "--export", "none", "--output-dir", "run"]

    def with_rank_1_elsewhere(self, *variables, status):
        """Two ranks, of which the second takes itself to be on the host "elsewhere"."""
        shim = ["env", f"LD_PRELOAD={SHIM}", "ASAN_OPTIONS=verify_asan_link_order=0"]
        return self.mpirun("-np", 1, *shim, *self.few_steps(), ":", "-np", 1, *shim,
                           "LOCKSTEP_FAULTS_HOST=elsewhere", *variables, *self.few_steps(),
                           status=status)

    def test_processes_that_mpi_does_not_join_do_not_train(self):
        said = ""
        for process in range(2):
            done = self.run_program("trainer", *TINY, "--data-file", self.sample(), status=2,
                                    SLURM_STEP_NUM_TASKS="2", SLURM_PROCID=str(process))
            said += done.stderr
        self.assertEqual(said.count("srun started 2 processes"), 1)
        self.assertIn("srun --mpi=pmix", said)
        self.assertEqual(self.files("."), ["text.txt"])

    def test_an_environment_that_lets_bits_follow_the_threads_is_told(self):
        for mode, warns in (("AVX2", True), ("AVX2,STRICT", False)):
            done = self.start(*self.few_steps()[:-1], mode, status=0, MKL_CBWR=mode)
            self.assertEqual(f"the environment has MKL_CBWR={mode}:" in done.stderr, warns)

    def test_ranks_with_other_arguments_are_named(self):
        text = self.sample()
        first = [BIN / "trainer", *TINY, "--data-file", text]
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
        arguments = [*TINY, "--data-file", self.sample()]
        done = self.mpirun("-np", 1, BIN / "trainer", *arguments, ":", "-np", 1, other, *arguments,
                           status=2)
        self.assertIn("another build of the trainer than rank 0", done.stderr)

    def test_a_path_that_leads_each_rank_to_another_file_is_told(self):
        for folder in ("a", "b"):
            self.run_program("trainer", *TINY, "--data-file", self.sample(3000 + ord(folder)),
                             "--max-steps", 1, "--export", "none", "--output-dir", folder)
        command = [BIN / "trainer", "--model", "tiny", "--lang", "en", "--data-file",
                   "text/train.tokens", "--output-dir", self.folder / "run"]
        done = self.mpirun("-np", 1, "-wdir", self.folder / "a", *command, ":",
                           "-np", 1, "-wdir", self.folder / "b", *command, status=3)
        self.assertRegex(done.stderr, "error: opening the token file text/train.tokens: rank 1 has "
                                      "the tokens [0-9a-f]+, rank 0 has [0-9a-f]+; give all hosts "
                                      "the same files, best on a file system they share")

    def test_unequal_clocks_are_a_warning(self):
        here = os.uname().nodename
        for seconds, says in ((3610, r"36\d\d s ahead of"), (-125, r"12\d s behind")):
            done = self.with_rank_1_elsewhere(f"LOCKSTEP_FAULTS_CLOCK={seconds}", status=0)
            self.assertRegex(done.stderr, f"warning: comparing the clocks: that of elsewhere is "
                                          f"{says} that of {here}, so the times of files and log "
                                          "lines do not fit; synchronise the hosts")
            shutil.rmtree(self.folder / "run")

    def test_a_directory_that_a_host_has_for_itself_is_told_before_anything_is_written(self):
        done = self.with_rank_1_elsewhere(f"LOCKSTEP_FAULTS_DIR={self.folder}",
                                          "LOCKSTEP_FAULTS=error:1+:ENOENT", status=4)
        self.assertIn("error: looking at run from every host: what rank 0 writes there is not seen "
                      "on elsewhere; checkpoints would be lost: give an --output-dir on a file "
                      "system that all hosts share", done.stderr)
        self.assertEqual(self.files("."), ["text.txt"])

    @unittest.skipIf(CORES < 2, "one core: none can be idle")
    def test_cores_that_mpirun_leaves_idle_are_a_warning(self):
        done = self.start("mpirun", "-q", "-np", 1, "--bind-to", "core", *self.few_steps(),
                          status=0)
        said = (r"warning: counting the cores: mpirun bound rank 0 on \S+ to (\d+) of (\d+) cores, "
                r"the others are idle; give mpirun --bind-to none")
        self.assertRegex(done.stderr, said)
        used, of_all = map(int, re.search(said, done.stderr).groups())
        self.assertLessEqual(used, of_all // 2)  # the threads of one core count each

    def test_more_ranks_than_cores_are_refused_by_mpirun_and_started_with_a_warning_by_run_sh(self):
        many = 2 * (os.cpu_count() or 1) + 1
        done = self.start("mpirun", "-np", many, *self.few_steps(), status=1)
        self.assertIn("There are not enough slots available in the system", done.stderr)
        self.assertEqual(self.files("."), ["text.txt"])
        one = min(os.sched_getaffinity(0))
        done = self.start("taskset", "-c", one, ROOT / "launch" / "run.sh", "-np", 2,
                          *self.few_steps(), status=0)
        self.assertIn("--oversubscribe", done.stdout)
        self.assertRegex(done.stderr, r"warning: counting the cores: 2 ranks share 1 core of \S+ "
                                      "and wait for each other; start a rank for each core or")

    def test_ranks_that_may_not_read_each_others_memory_send_messages(self):
        roots = []
        for rule in ("", "error:1+:EACCES:call=open:other=cpuinfo"):
            done = self.start(ROOT / "launch" / "run.sh", "--bind", "none", "-np", 2, "env",
                              f"LD_PRELOAD={SHIM}", *self.few_steps(), status=0,
                              ASAN_OPTIONS="verify_asan_link_order=0", LOCKSTEP_FAULTS=rule,
                              LOCKSTEP_FAULTS_DIR="/proc")
            roots.append(self.roots(done.stdout)[-1])
            shutil.rmtree(self.folder / "run")
        self.assertRegex(done.stderr, r"warning: reading the memory of another rank of this "
                                      r"machine: /proc/\d+/fd/\d+: Permission denied \(errno 13\); "
                                      "the ranks of this machine send each other their gradients")
        self.assertEqual(roots[0], roots[1])

    def test_every_rank_may_report(self):
        done = self.run_program("trainer", *TINY, "--data-file", self.sample(), "--max-steps", 2,
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
        return self.run_program("trainer", *TINY, *arguments, "--lang", lang, "--doctor",
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
