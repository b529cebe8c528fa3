# SPDX-License-Identifier: Apache-2.0
"""The scripts of slurm/ under a real Slurm. By hand, as root, in about eight minutes:

    LOCKSTEP_BIN=build/dev/bin python3 tests/cluster/slurm_test.py

Every run must end with the root that a straight run of one rank has."""
import math
import os
import re
import signal
import time

from cluster_runs import BIN, ROOT, ClusterTest, main
from slurm_cluster import wait_for

QUICK = ["--preset", "quick", "--model", "tiny", "--lang", "en"]
LONG = [*QUICK, "--tokenizer", "byte", "--export", "last", "--save-every-steps", "100"]


class SlurmTest(ClusterTest):
    measured = None  # seconds of an epoch

    def submit(self, options, *sbatch, script="train.sh", name=None, **changes):
        printed = self.cluster.on(
            self.cluster.head, "sbatch", "--parsable", *sbatch, ROOT / "slurm" / script,
            *self.arguments(options, name or self.name), cwd=self.folder,
            **{"LOCKSTEP_TRAINER": str(BIN / "trainer"), **changes})
        return printed.strip()

    def facts(self, job, name):
        return re.findall(rf"{name}=(\S+)", self.cluster.ask("scontrol", "show", "job", job))[-1]

    def lasting(self, seconds):
        """A run that one rank trains about so long: however fast this machine is, time enough to
        disturb it."""
        return [*LONG, "--epochs", str(math.ceil(seconds / self.seconds_of_an_epoch()))]

    def seconds_of_an_epoch(self):
        epochs = 4
        if not SlurmTest.measured:
            begin = time.monotonic()
            self.straight_root([*LONG, "--epochs", str(epochs)])
            SlurmTest.measured = (time.monotonic() - begin) / epochs
        return SlurmTest.measured

    def wait_for_save(self, job, name=None):
        """Until the run has saved something, so that a start goes on from there."""
        latest = self.folder / (name or self.name) / "shards" / "latest"
        wait_for(f"a checkpoint of job {job}", latest.is_symlink, 90)

    def starts(self, job):
        return len(re.findall(r"^==> job .* start \d+:", self.log(job), re.MULTILINE))

    def test_a_quick_run_is_trained_to_the_end(self):
        options = [*QUICK, "--tokenizer", "byte"]
        job = self.submit(options, "--nodes=3", "--ntasks-per-node=2")
        self.wait_for_end(job)
        self.assertEqual(self.root_of(self.name), self.straight_root(options))
        self.assertIn("6 ranks of 1 thread on h[1-3]", self.log(job))
        self.tell("6 ranks on 3 hosts, the root of one rank")

    def test_every_host_reads_the_tokens_from_a_disk_of_its_own(self):
        options = [*QUICK, "--tokenizer", "byte"]
        job = self.submit([*options, "--local-dir", "/dev/shm/tokens"], "--nodes=3",
                          "--ntasks-per-node=2")
        self.wait_for_end(job)
        self.assertEqual(self.root_of(self.name), self.straight_root(options))
        copies = [self.cluster.on(host, "ls", "/dev/shm/tokens").split() for host in (1, 2, 3)]
        self.assertRegex(" ".join(copies[0]), r"^lockstep-[0-9a-f]{32}\.tokens$")
        self.assertEqual(copies, 3 * [copies[0]])
        self.cluster.on(1, "rm", "-r", "/dev/shm/tokens")  # another test looks at that disk
        self.tell("6 ranks on 3 hosts, a copy on each, the root of one rank")

    def test_the_time_limit_saves_requeues_and_finishes(self):
        options = self.lasting(100)
        job = self.submit(options, "--nodes=2", "--ntasks-per-node=1", "--time=1",
                          "--signal=B:USR1@20")
        self.wait_for_end(job, 900)
        starts = self.starts(job)
        self.assertGreater(starts, 1, self.log(job))
        self.assertIn("stopped on request after step", self.log(job))
        self.assertEqual(self.log(job).count("==> back into the queue"), starts - 1)
        self.assertEqual(self.root_of(self.name), self.straight_root(options))
        self.tell(f"{starts} starts within a limit of a minute each, the root of one rank")

    def test_the_trainer_itself_keeps_the_time_limit_of_the_job(self):
        options = self.lasting(100)
        job = self.submit(options, "--nodes=2", "--ntasks-per-node=1", "--time=1",
                          "--signal=B:URG@1")  # which means nothing to anyone
        self.wait_for_end(job, 900)
        self.assertGreater(self.starts(job), 1, self.log(job))
        self.assertIn("stopped before the time limit after step", self.log(job))
        self.assertEqual(self.root_of(self.name), self.straight_root(options))
        self.tell(f"{self.starts(job)} starts without the signal, the root of one rank")

    def test_scancel_leaves_a_whole_checkpoint_and_other_tasks_go_on_from_it(self):
        options = self.lasting(30)
        job = self.submit(options, "--nodes=1", "--ntasks-per-node=2")
        self.wait_for_save(job)
        self.cluster.ask("scancel", job)
        self.wait_for_end(job, 60, "CANCELLED")
        before = self.root_of(self.name)
        second = self.submit(options, "--nodes=3", "--ntasks-per-node=1")
        self.wait_for_end(second)
        self.assertRegex(self.log(second), r"3 ranks of .* newest checkpoint: (step|epoch)_")
        self.assertEqual(self.root_of(self.name), self.straight_root(options))
        self.assertNotEqual(before, self.root_of(self.name))
        self.tell("cancelled with 2 ranks on 1 host, ended with 3 on 3, the root of one rank")

    def test_scontrol_requeue_goes_on(self):
        options = self.lasting(30)
        job = self.submit(options, "--nodes=2", "--ntasks-per-node=1")
        self.wait_for_save(job)
        self.cluster.ask("scontrol", "requeue", job)
        self.wait_for_end(job)
        self.assertEqual(self.starts(job), 2, self.log(job))
        self.assertEqual(self.root_of(self.name), self.straight_root(options))
        self.tell("2 starts, the root of one rank")

    def test_a_slurmd_that_dies_moves_the_run_to_other_hosts(self):
        options = self.lasting(60)
        job = self.submit(options, "--nodes=2", "--ntasks-per-node=1")
        self.wait_for_save(job)
        batch = self.facts(job, "BatchHost")
        hosts = self.cluster.ask("scontrol", "show", "hostnames", self.facts(job, "NodeList"))
        lost = next(host for host in hosts.split() if host != batch)
        pid = int((self.cluster.folder / "run" / f"slurmd.{lost}.pid").read_text())
        os.kill(pid, signal.SIGKILL)
        self.wait_for_end(job, 900)
        self.cluster.start_slurmd(int(lost[1:]))
        self.assertGreater(self.starts(job), 1, self.log(job))
        self.assertEqual(self.root_of(self.name), self.straight_root(options))
        self.tell(f"slurmd of {lost} killed, {self.starts(job)} starts, the root of one rank")

    def test_an_array_trains_a_run_for_each_task(self):
        options = [*QUICK, "--tokenizer", "byte"]
        job = self.submit(options, "--array=1-2", "--ntasks=2", script="array.sh")
        for task in (1, 2):
            self.wait_for_end(f"{job}_{task}")
            self.assertEqual(self.root_of(f"{self.name}/run-{task}"),
                             self.straight_root([*options, "--seed", str(task)]))
        (self.folder / "runs.txt").write_text("--learning-rate 1e-3\n--seed 9 --max-steps 5\n")
        job = self.submit(options, "--array=2", script="array.sh", name="listed",
                          LOCKSTEP_RUNS=str(self.folder / "runs.txt"))
        self.wait_for_end(f"{job}_2")
        self.assertEqual(self.root_of("listed/run-2"),
                         self.straight_root([*options, "--seed", "9", "--max-steps", "5"]))
        self.tell("2 seeds and a line of a list, each the root of one rank")

    # The trainer is a script that says how many processors it may use.
    def test_a_rank_of_two_threads_is_bound_to_two_processors(self):
        stub = self.folder / "stub"
        stub.write_text('#!/bin/bash\necho "rank $OMPI_COMM_WORLD_RANK: $OMP_NUM_THREADS threads, '
                        '$(env -u OMP_NUM_THREADS nproc) processors"\n')
        stub.chmod(0o755)
        job = self.submit([], "--nodes=2", "--ntasks-per-node=1", "--cpus-per-task=2", LOCKSTEP_TRAINER=str(stub))
        self.wait_for_end(job)
        ranks = re.findall(r"^rank (\d): 2 threads, 2 processors$", self.log(job), re.MULTILINE)
        self.assertEqual(sorted(ranks), ["0", "1"], self.log(job))
        self.tell("2 ranks of 2 threads, each bound to 2 processors")

    # There is no GPU here: the trainer is a script that says where it runs.
    def test_on_gpus_there_is_a_rank_for_each(self):
        stub = self.folder / "stub"
        stub.write_text('#!/bin/bash\necho "rank $OMPI_COMM_WORLD_RANK of $OMPI_COMM_WORLD_SIZE, '
                        'local $OMPI_COMM_WORLD_LOCAL_RANK, on $(hostname): $*"\n')
        stub.chmod(0o755)
        job = self.submit([], "--nodes=2", "--gpus-per-node=2", script="train-gpu.sh",
                          LOCKSTEP_TRAINER=str(stub))
        self.wait_for_end(job)
        places = set(re.findall(r"^rank \d of 4, local (\d), on (h\d): .*--device cuda",
                                self.log(job), re.MULTILINE))
        self.assertEqual(places, {(local, host) for local in "01" for host in ("h1", "h2")},
                         self.log(job))
        self.tell("4 ranks on 2 hosts with 2 GPUs each, in name")

    def test_srun_without_pmix_is_told_at_once(self):
        printed = self.cluster.on(self.cluster.head, "srun", "-n2", "--mpi=none", BIN / "trainer",
                                  *self.arguments(QUICK, self.name), cwd=self.folder, status=2)
        self.assertEqual(printed.count("srun started 2 processes"), 1, printed)
        self.assertFalse((self.folder / self.name).exists())
        self.tell("two worlds of one were refused")

    def test_the_doctor_looks_at_all_hosts_of_a_job(self):
        job = self.submit([*QUICK, "--doctor"], "--nodes=3", "--ntasks-per-node=1")
        self.wait_for_end(job)
        self.assertIn("Training here would be fine", self.log(job))
        for pair in ("h1 - h2", "h1 - h3", "h2 - h3"):
            self.assertIn(pair, self.log(job))
        self.assertFalse((self.folder / self.name).exists())
        self.tell("three hosts, three pairs")

    def test_a_directory_that_each_host_has_for_itself_is_told(self):
        job = self.submit([*QUICK, "--tokenizer", "byte"], "--nodes=2", "--ntasks-per-node=1",
                          name="/dev/shm/run")
        self.wait_for_end(job, state="FAILED")
        self.assertEqual(self.facts(job, "ExitCode"), "4:0")
        self.assertIn("what rank 0 writes there is not seen on h2;", self.log(job))
        self.assertEqual(self.cluster.on(1, "ls", "-A", "/dev/shm").split(), [])
        self.tell("the job failed with 4 before anything was written")

    def test_hosts_that_do_not_reach_each_other_are_told(self):
        for host, other in ((2, 3), (3, 2)):  # packets between them go nowhere
            self.cluster.on(host, "ip", "neigh", "replace", f"10.78.0.{other}", "lladdr",
                            "02:00:00:00:00:99", "dev", "eth0", "nud", "permanent")
        job = self.submit([*QUICK, "--tokenizer", "byte"], "--nodes=3", "--ntasks-per-node=1")
        self.wait_for_end(job, state="FAILED")
        for host, other in ((2, 3), (3, 2)):
            self.cluster.on(host, "ip", "neigh", "del", f"10.78.0.{other}", "dev", "eth0")
        self.assertEqual(self.facts(job, "ExitCode"), "5:0")
        self.assertRegex(self.log(job), "rank 1 on h2 does not reach rank 2 on h3|"
                                        "rank 2 on h3 does not reach rank 1 on h2")
        self.tell("the job failed with 5 and both names")


if __name__ == "__main__":
    main("slurm")
