# SPDX-License-Identifier: Apache-2.0
"""Signals to runs that srun has started, in every phase of a run, and ranks that die or hang under
it; a real Slurm. By hand, as root, in about eight minutes:

    LOCKSTEP_BIN=build/dev/bin python3 tests/cluster/srun_test.py

Every run goes on afterwards, on one rank, and must end with the root of a run that nothing
stops."""
import os
import re
import signal
import subprocess
import time

from cluster_runs import BIN, ROOT, ClusterTest, main
from slurm_cluster import wait_for

RUN = ["--preset", "quick", "--model", "tiny", "--tokenizer", "byte", "--lang", "en", "--epochs",
       "20", "--export", "none"]
# For what happens seconds after the first save; 5,000 steps go by in 13 s on a fast machine.
LONG = ["--save-every-steps", "50", "--max-steps", "5000"]
PATIENCE = 180  # seconds
PEER_TIMEOUT = 5
# What srun makes of a rank that it wakes up and ends: by its own watchdog, by KILL, by PIPE.
HUNG = (5, 128 + signal.SIGKILL, 128 + signal.SIGPIPE)
SHARD = "shard_00001_of_00002.h5"


class SrunTest(ClusterTest):
    fired = 0
    asked = 0

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        print(f"\nstop requests through srun: fired {cls.fired} of {cls.asked}", flush=True)

    @staticmethod
    def settings(options):
        return [*RUN, *options] if "--max-steps" in options else [*RUN, "--max-steps", "600",
                                                                  *options]

    def command(self, options, name, faults=""):
        """With `faults`, what tests/faults/FORMAT.md describes: DIR=plan."""
        place, _, plan = faults.partition("=")
        library = BIN / "liblockstep_faults.so"
        if faults:
            self.assertTrue(library.exists(), f"no {library}; set LOCKSTEP_BIN to the dev build's")
        shim = ["env", f"LD_PRELOAD={library}", f"LOCKSTEP_FAULTS={plan}",
                f"LOCKSTEP_FAULTS_DIR={self.folder}/{name}/{place}"] if faults else []
        arguments = self.arguments(self.settings(options), name)
        return ["srun", "--mpi=pmix", *shim, BIN / "trainer", *arguments, "--metrics-file",
                f"{name}.jsonl", "--peer-timeout", PEER_TIMEOUT]

    def start(self, name, *options, flags=(), faults=""):
        self.run_name = name
        first, *rest = self.command(options, name, faults)
        self.run_ = self.cluster.start(
            self.cluster.head, first, "--nodes=2", "--ntasks=2", *flags, *rest,
            log=self.folder / f"{name}.out", cwd=self.folder, OMP_NUM_THREADS="1")
        self.addCleanup(self.end)

    def end(self):
        self.cluster.ask("scancel", "--full", "--user=root")
        self.run_.kill()
        self.run_.wait()
        for pid in self.ranks().values():
            os.kill(pid, signal.SIGKILL)
        wait_for("an empty queue", lambda: not self.cluster.ask("squeue", "-h").split(), 60)

    def said(self):
        return (self.folder / f"{self.run_name}.out").read_text(errors="replace")

    def job(self):
        return self.cluster.ask("squeue", "-h", "-o", "%i").split()[0]

    def steps(self):
        path = self.folder / f"{self.run_name}.jsonl"
        return path.read_text().count('"loss"') if path.exists() else 0

    def files(self, pattern):
        return list((self.folder / self.run_name).glob(pattern))

    def ranks(self):
        """The process of each rank that runs."""
        found = {}
        for pid in self.cluster.processes_of("h1") + self.cluster.processes_of("h2"):
            try:
                if os.readlink(f"/proc/{pid}/exe") != str(BIN / "trainer"):
                    continue
                with open(f"/proc/{pid}/environ", encoding="utf-8") as variables:
                    found[int(re.search(r"SLURM_PROCID=(\d+)", variables.read())[1])] = pid
            except (OSError, TypeError):
                continue
        return found

    def wait_until(self, what, is_true):
        def look():
            self.assertIsNone(self.run_.poll(), f"{what}: it ended early\n{self.said()}")
            return is_true()
        wait_for(what, look, PATIENCE)

    def wait_for_save(self):
        self.wait_until("the first save", lambda: self.files("shards/latest"))

    def wait_for_end(self):
        try:
            status = self.run_.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.fail("srun does not end\n" + self.said())
        wait_for("the end of all ranks", lambda: not self.ranks(), 30)
        return status

    def resumed_root(self, *options):
        """Of the run, ended on one rank of this machine."""
        arguments = self.arguments(self.settings(options), self.run_name)
        subprocess.run([BIN / "trainer", *arguments, "--auto-resume"], cwd=self.folder, check=True,
                       stdout=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"})
        return self.root_of(self.run_name)

    def expect_resumable(self, *options):
        self.assertEqual(self.resumed_root(*options), self.straight_root(self.settings(options)))

    def expect_stopped(self, *options, says="the run is saved in"):
        """Both ranks with 75, which is srun's exit code too; something saved, and no draft."""
        type(self).asked += 1
        self.assertEqual(self.wait_for_end(), 75, self.said())
        self.assertRegex(self.said(), says)
        codes = re.findall(r"tasks? \S+: Exited with exit code (\d+)", self.said())
        self.assertEqual(set(codes), {"75"}, self.said())
        self.assertEqual(self.files("shards/*.draft-*"), [])
        self.expect_resumable(*options)
        type(self).fired += 1

    def ways(self):
        """How a person or a script asks srun to stop: its flags, and what is done then."""
        return {"scancel": ([], lambda: self.cluster.ask("scancel", "--signal=USR1", self.job())),
                "kill": ([], lambda: self.run_.send_signal(signal.SIGUSR1)),
                # Ctrl-C; without --disable-status srun only says what its tasks do.
                "interrupt": (["--disable-status"], lambda: self.run_.send_signal(signal.SIGINT))}

    def stop_in_a_phase(self, phase, until, *options, faults="", says="the run is saved in"):
        fired, asked = self.fired, self.asked
        for way, (flags, ask) in self.ways().items():
            self.start(f"{self.name}-{way}", *options, flags=flags, faults=faults)
            self.wait_until(phase, until)
            ask()
            self.expect_stopped(*options, says=says)
        self.tell(f"fired {self.fired - fired} of {self.asked - asked}")

    def test_a_stop_while_the_text_is_prepared(self):
        self.stop_in_a_phase("the preparation", lambda: self.files("text/train.tokens.draft-*"),
                             faults="text=stall:20:4",
                             says="the run is saved in|the next start prepares it anew")

    def test_a_stop_between_steps(self):
        self.stop_in_a_phase("five steps", lambda: self.steps() >= 5)

    def test_a_stop_within_a_validation(self):
        text = self.folder / "validation.txt"
        text.write_bytes((ROOT / "data" / "zh_sample.txt").read_bytes() * 20)
        self.stop_in_a_phase("the last step", lambda: self.steps() == 20, "--max-steps", "20",
                             "--val-file", str(text), says="stopped on request after step 20;")

    def test_a_stop_within_a_save(self):
        self.stop_in_a_phase("a draft", lambda: self.files(f"shards/*.draft-*/{SHARD}"),
                             "--save-every-steps", "40", faults=f"=stall:2:4:file={SHARD}")

    def test_many_requests_are_one(self):
        self.start(self.name)
        self.wait_until("five steps", lambda: self.steps() >= 5)
        for _, ask in list(self.ways().values())[:2] * 2:
            if self.run_.poll() is None:
                ask()
        self.expect_stopped()
        self.tell("fired 1 of 1")

    def test_a_stop_of_one_rank_stops_all(self):
        for rank in (0, 1):
            self.start(f"{self.name}-{rank}")
            self.wait_until("five steps", lambda: self.steps() >= 5)
            os.kill(self.ranks()[rank], signal.SIGUSR1)
            self.expect_stopped()
        self.tell("fired 2 of 2")

    # Every save takes a moment, so that the run is not over before its limit.
    def test_the_signal_of_a_job_reaches_the_ranks_of_its_srun(self):
        type(self).asked += 1
        self.run_name = self.name
        command = self.command(["--save-every-steps", "10"], self.name,
                               faults=f"=stall:1+:1.5:call=sync:file={SHARD}")
        job = self.cluster.on(
            self.cluster.head, "sbatch", "--parsable", "--nodes=2", "--ntasks-per-node=1",
            "--time=1", "--signal=USR1@20", f"--output={self.name}.out", "--wrap",
            " ".join(map(str, command)), cwd=self.folder, OMP_NUM_THREADS="1").strip()
        self.addCleanup(self.cluster.ask, "scancel", job)
        wait_for(f"the end of job {job}", lambda: self.state(job) in ("FAILED", "TIMEOUT"), 180)
        self.assertEqual(self.state(job), "FAILED", self.said())
        self.assertIn("ExitCode=75:0", self.cluster.ask("scontrol", "show", "job", job))
        self.assertIn("the run is saved in", self.said())
        self.assertEqual(self.files("shards/*.draft-*"), [])
        self.expect_resumable()
        type(self).fired += 1
        self.tell("sbatch --signal=USR1@20 --wrap srun: the job ended with 75, the run was saved")

    def test_a_ctrl_c_alone_does_nothing(self):
        self.start(self.name)
        self.wait_until("five steps", lambda: self.steps() >= 5)
        self.run_.send_signal(signal.SIGINT)
        self.wait_until("the status", lambda: "one more within 1 sec to abort" in self.said())
        steps = self.steps()
        self.wait_until("more steps", lambda: self.steps() > steps + 20)
        self.run_.send_signal(signal.SIGUSR1)
        self.expect_stopped()
        self.tell("srun says the status and the run goes on")

    def test_signals_by_which_srun_kills_leave_the_last_checkpoint(self):
        for name, numbers in (("term", [signal.SIGTERM]), ("hup", [signal.SIGHUP]),
                              ("ctrl-c-twice", [signal.SIGINT, signal.SIGINT])):
            self.start(f"{self.name}-{name}", "--save-every-steps", "50")
            self.wait_for_save()
            for number in numbers:
                self.run_.send_signal(number)
                time.sleep(0.2)
            self.assertEqual(self.wait_for_end(), 137, self.said())
            self.assertIn("srun: forcing job termination", self.said())
            self.expect_resumable("--save-every-steps", "50")
        self.tell("TERM, HUP and two of Ctrl-C: 137, the root of a run that nothing stops")

    def disturb(self, rank, number, *flags):
        self.start(f"{self.name}-{rank}{''.join(flags)}", *LONG, flags=flags)
        self.wait_for_save()
        time.sleep(1.5)  # ranks say once a second where they are
        os.kill(self.ranks()[rank], number)

    def named(self, rank, what):
        """What the other rank says."""
        speaker = r" \(rank 1 on h2\)" if rank == 0 else ""
        return (rf"error{speaker}: rank {rank} on h{rank + 1} {what} \(step .*\); the newest "
                rf"checkpoint is {self.run_name}/shards/\S+; start again with --auto-resume")

    def test_a_killed_rank_ends_all_and_is_named(self):
        for rank in (0, 1):
            self.disturb(rank, signal.SIGKILL)
            self.assertEqual(self.wait_for_end(), 137, self.said())
            self.assertRegex(self.said(), self.named(rank, "is gone"))
            self.assertIn(f"task {1 - rank}: Exited with exit code 5", self.said())
            self.expect_resumable(*LONG)
        self.tell("rank 0 and rank 1: the other ended with 5, srun with 137, nothing was left")

    def test_a_rank_that_hangs_ends_all_with_kill_on_bad_exit(self):
        for rank in (0, 1):
            self.disturb(rank, signal.SIGSTOP, "-K1")
            self.assertIn(self.wait_for_end(), HUNG, self.said())
            self.assertRegex(self.said(), self.named(rank, r"has not answered for \d+ s"))
            self.assertIn(f"task {1 - rank}: Exited with exit code 5", self.said())
            self.expect_resumable(*LONG)
        self.tell("rank 0 and rank 1: the other ended with 5, srun too, nothing was left")

    def test_a_rank_that_hangs_is_waited_for_by_srun_alone(self):
        self.disturb(1, signal.SIGSTOP)
        self.wait_until("the end of rank 0",
                        lambda: "task 0: Exited with exit code 5" in self.said())
        self.assertRegex(self.said(), self.named(1, r"has not answered for \d+ s"))
        time.sleep(3 * PEER_TIMEOUT)
        self.assertIsNone(self.run_.poll(), self.said())
        self.cluster.ask("scancel", self.job())
        self.wait_for_end()
        self.expect_resumable(*LONG)
        self.tell("the other ended with 5 and named it, srun waited until scancel")


if __name__ == "__main__":
    main("srun")
