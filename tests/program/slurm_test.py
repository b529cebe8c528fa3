# SPDX-License-Identifier: Apache-2.0
"""What slurm/train.sh does with each end of a run; Slurm and mpirun are scripts here."""
import os
import signal
import subprocess
import time
import unittest

from lockstep import ROOT, ProgramTest

SCRIPT = ROOT / "slurm" / "train.sh"
JOB = {"SLURM_JOB_ID": "5", "SLURM_ARRAY_JOB_ID": "5", "SLURM_JOB_NUM_NODES": "2", "SLURM_JOB_NODELIST": "h[1-2]",
       "LOCKSTEP_TRAINER": "/bin/true"}
SCONTROL = f"""#!/bin/bash
if [[ $1 != show ]]; then echo "scontrol $*"; exit; fi
# Asked for the number of an array, it tells of all tasks.
[[ -z $SLURM_ARRAY_TASK_ID || $3 == *_* ]] || echo "   StartTime=2026-01-01T00:00:00 EndTime=2099-01-01T00:00:00 Deadline=N/A"
[[ ${{SLURM_TIME_FORMAT:-standard}} == standard || -z $ENDS_AT ]] || ENDS_AT=$(date -d "$ENDS_AT" "+$SLURM_TIME_FORMAT")
echo "   StartTime=2026-01-01T00:00:00 EndTime=${{ENDS_AT:-Unknown}} Deadline=N/A"
echo "   Command=${{COMMAND:-{SCRIPT} --model tiny}}"
"""
# Ends with $ENDS_WITH, having saved the step $SAVES; waits for USR1 first if $WAITS is given.
MPIRUN = """#!/bin/bash
if [[ $1 == --version ]]; then echo "${MPIRUN_VERSION:-mpirun (Open MPI) 4.1.4}"; exit; fi
echo "mpirun $*"
if [[ -n $WAITS ]]; then
  trap 'told=yes' USR1
  touch started
  until [[ -n ${told:-} ]]; do sleep 0.05; done
  echo "told to stop"
fi
if [[ -n $SAVES ]]; then mkdir -p out/shards; ln -sfn "step_$SAVES" out/shards/latest; fi
exit "$ENDS_WITH"
"""


class SlurmScriptTest(ProgramTest):
    def setUp(self):
        super().setUp()
        for name, text in (("scontrol", SCONTROL), ("mpirun", MPIRUN)):
            (self.folder / name).write_text(text)
            (self.folder / name).chmod(0o755)

    def start(self, ends_with, saves="", arguments=(), script=SCRIPT, **more):
        variables = {**os.environ, **JOB, "ENDS_WITH": str(ends_with), "SAVES": saves, "WAITS": "",
                     "LC_ALL": "C.UTF-8",
                     "PATH": f"{self.folder}:{os.environ['PATH']}", **more}
        return subprocess.Popen([script, "--output-dir", "out", *arguments], cwd=self.folder, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                env={name: value for name, value in variables.items() if value})

    def job(self, status, ends_with, **more):
        process = self.start(ends_with, **more)
        text, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, status, text)
        return text

    def test_a_complete_run_ends_the_job(self):
        text = self.job(0, 0, saves="9", SLURM_NTASKS="8", SLURM_CPUS_PER_TASK="4")
        self.assertIn("start 1: 8 ranks of 4 threads on h[1-2]; newest checkpoint: none", text)
        self.assertRegex(text, "mpirun .*-np 8 .*slot:PE=4 --bind-to hwthread --use-hwthread-cpus .*--output-dir out --auto-resume")
        self.assertNotIn("requeue", text)

    def test_in_a_chinese_locale_the_log_is_chinese(self):
        text = self.job(0, 0, saves="9", LC_ALL="zh_CN.UTF-8")
        self.assertIn("==> 作业 5, 第 1 次启动: h[1-2] 上 2 个进程, 每个 1 个线程; 最新的检查点: 无", text)
        self.assertIn("==> trainer 以 0 结束; 最新的检查点: step_9", text)

    def test_the_trainer_is_told_how_much_time_the_job_has_left(self):
        ends_at = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(time.time() + 7200))
        for written in ("", "%H"):
            text = self.job(0, 0, ENDS_AT=ends_at, SLURM_TIME_FORMAT=written)
            self.assertRegex(text, "mpirun .* --time-limit (1:59:[0-9][0-9]|2:00:00) --auto-resume")
        self.assertNotIn("--time-limit", self.job(0, 0))
        text = self.job(75, 75, ENDS_AT=ends_at, SLURM_ARRAY_JOB_ID="5", SLURM_ARRAY_TASK_ID="4")
        self.assertRegex(text, "mpirun .* --time-limit (1:59:[0-9][0-9]|2:00:00) --auto-resume")
        self.assertIn("scontrol requeue 5_4", text)

    def test_a_saved_run_goes_back_into_the_queue_as_long_as_it_gets_on(self):
        self.assertIn("scontrol requeue 5", self.job(75, 75, saves="7"))
        self.assertIn("scontrol requeue 5", self.job(75, 75, saves="9", SLURM_RESTART_COUNT="1"))
        text = self.job(1, 75, SLURM_RESTART_COUNT="2")
        self.assertIn("start 3: 2 ranks of 1 thread on h[1-2]; newest checkpoint: step_9", text)
        self.assertIn("nothing was saved since the start", text)
        self.assertNotIn("scontrol requeue", text)

    def test_a_saved_run_goes_back_where_its_folder_is_not_known(self):
        for start in range(3):
            self.assertIn("scontrol requeue 5", self.job(75, 75, SLURM_RESTART_COUNT=str(start)))

    def test_a_run_that_never_has_a_checkpoint_does_not_go_round_for_ever(self):
        self.assertIn("scontrol requeue 5", self.job(75, 75, SLURM_RESTART_COUNT="8"))
        text = self.job(1, 75, SLURM_RESTART_COUNT="9")
        self.assertIn("no checkpoint was found after 10 starts", text)
        self.assertNotIn("scontrol requeue", text)

    def test_a_failed_run_does_not_go_back(self):
        for code in (1, 2, 4, 6, 70):
            self.assertNotIn("requeue", self.job(code, code, saves="7"))

    def test_a_run_that_lost_a_rank_or_a_host_goes_back_if_it_has_got_on(self):
        for code in (5, 137, 205):
            self.assertNotIn("requeue", self.job(code, code))
            self.assertIn("scontrol requeue 5", self.job(75, code, saves=str(code)))
            self.assertNotIn("requeue", self.job(code, code, saves=str(code)))

    def test_the_signal_of_the_time_limit_reaches_the_ranks(self):
        process = self.start(75, saves="7", WAITS="yes")
        while not (self.folder / "started").exists():
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        process.send_signal(signal.SIGUSR1)
        text, _ = process.communicate(timeout=60)
        self.assertIn("told to stop\n==> the trainer ended with 75", text)
        self.assertIn("scontrol requeue 5", text)

    def test_the_project_may_lie_below_a_name_with_spaces(self):
        (self.folder / "my own project").symlink_to(ROOT)
        self.job(0, 0, COMMAND=f"{self.folder}/my own project/slurm/train.sh --data-file a b/c.txt")

    def test_a_line_of_runs_is_split_at_blanks_alone(self):
        (self.folder / "runs.txt").write_text("--seed 3\r\n--data-file *.txt --model  'my model'\r\n")
        script = ROOT / "slurm" / "array.sh"
        for task, words in (("1", "--seed 3"), ("2", "--data-file *.txt --model 'my model'")):
            text = self.job(0, 0, script=script, COMMAND=str(script), LOCKSTEP_RUNS="runs.txt",
                            SLURM_ARRAY_TASK_ID=task)
            self.assertIn(f" {words} --output-dir out/run-{task} --auto-resume\n", text)
        for task in ("0", "3"):
            text = self.job(2, 0, script=script, COMMAND=str(script), LOCKSTEP_RUNS="runs.txt",
                            SLURM_ARRAY_TASK_ID=task)
            self.assertIn(f"runs.txt has no line {task} for this task; the first line is that of task 1\n", text)
        self.assertIn("there is no no.txt (LOCKSTEP_RUNS)",
                      self.job(2, 0, script=script, COMMAND=str(script), LOCKSTEP_RUNS="no.txt",
                               SLURM_ARRAY_TASK_ID="1"))

    def test_the_device_is_given_once(self):
        (self.folder / "srun").write_text("#!/bin/bash\n")
        (self.folder / "srun").chmod(0o755)
        script = ROOT / "slurm" / "train-gpu.sh"
        for arguments in ((), ("--device", "cuda"), ("--device=cuda",)):
            text = self.job(0, 0, script=script, COMMAND=str(script), arguments=arguments, SLURM_GPUS_ON_NODE="2",
                            SLURM_TASKS_PER_NODE="8(x2)", SLURM_CPUS_ON_NODE="8")
            self.assertRegex(text, "mpirun .*-np 4 .*ppr:2:node:PE=4 .* --output-dir out --device[ =]cuda --auto-resume\n")

    def test_a_wrong_start_is_told(self):
        self.assertIn("Slurm does not know this script's file ((null)); submit it by its name",
                      self.job(2, 0, COMMAND="(null)"))
        self.assertIn("this is no Slurm job; submit it: sbatch slurm/train.sh",
                      self.job(2, 0, SLURM_JOB_ID=""))
        self.assertIn("error: slurm/train.sh: there is no /nowhere; build it with launch/build.sh",
                      self.job(2, 0, LOCKSTEP_TRAINER="/nowhere"))
        self.assertIn("mpirun is not OpenMPI's; load the module", self.job(2, 0, MPIRUN_VERSION="HYDRA build"))
        self.assertIn("error: slurm/train.sh: --more-epochs would add epochs at every start of the job",
                      self.job(2, 0, arguments=("--more-epochs=3",)))


if __name__ == "__main__":
    unittest.main()
