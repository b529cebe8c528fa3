# SPDX-License-Identifier: Apache-2.0
"""What launch/hosts.sh gives to mpirun, and what launch/supervise.sh does with each end of a run;
mpirun and ssh are scripts here."""
import os
import shlex
import signal
import subprocess
import time
import unittest

from lockstep import ROOT, ProgramTest

# Ends as the next line of the file `ends` says: an exit code, and the step it saves if any. Waits
# for USR1 first if $WAITS is given.
MPIRUN = """#!/bin/bash
if [[ $1 == --version ]]; then echo "${MPIRUN_VERSION:-mpirun (Open MPI) 4.1.4}"; exit; fi
echo "mpirun $*"
if [[ -n $WAITS ]]; then
  trap 'told=yes' USR1
  touch started
  until [[ -n ${told:-} ]]; do sleep 0.05; done
fi
read -r code step <ends
sed -i 1d ends
if [[ -n $step ]]; then mkdir -p out/shards; ln -sfn "step_$step" out/shards/latest; fi
exit "$code"
"""
# Hosts whose names are in the file `lost` do not answer.
SSH = """#!/bin/bash
! grep -qx "$1" lost
"""


class LaunchTest(ProgramTest):
    def setUp(self):
        super().setUp()
        for name, text in (("mpirun", MPIRUN), ("ssh", SSH)):
            (self.folder / name).write_text(text)
            (self.folder / name).chmod(0o755)
        (self.folder / "lost").write_text("")

    language = "C.UTF-8"

    def start(self, script, *arguments, ends, waits=""):
        (self.folder / "ends").write_text("\n".join(ends) + "\n")
        variables = {name: value for name, value in os.environ.items()
                     if name not in ("OMP_NUM_THREADS", "OMPI_MCA_plm_rsh_agent")}
        variables |= {"PATH": f"{self.folder}:{os.environ['PATH']}", "WAITS": waits,
                      "LC_ALL": self.language}
        return subprocess.Popen([ROOT / "launch" / script, *arguments], cwd=self.folder, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=variables)

    def run_script(self, status, script, *arguments, ends=("0",)):
        process = self.start(script, *arguments, ends=ends)
        text, _ = process.communicate(timeout=120)
        self.assertEqual(process.returncode, status, text)
        return text

    def supervise(self, status, *ends, options=()):
        return self.run_script(status, "supervise.sh", *options, "--hosts", "a,b:2", "/bin/true",
                               "--output-dir", "out", ends=ends)

    def test_hosts_get_ranks_and_limits(self):
        text = self.run_script(0, "hosts.sh", "--hosts", "a,b:4", "--bind", "none",
                               "--ranks-per-host", "2", "--interface", "eth7", "/bin/true", "--x")
        self.assertIn("6 ranks on 2 hosts:", text)
        self.assertRegex(text, r"mpirun -q -np 6 --host a:2,b:4 --mca oob_tcp_keepalive_time 5 "
                               r".* --bind-to none --mca btl_tcp_if_include eth7 "
                               r"--mca oob_tcp_if_include eth7 /bin/true --x\n")

    def test_the_printed_command_can_be_given_to_a_shell(self):
        words = ["/bin/true", "--output-dir", "my run", "--lang=en", "it's", ""]
        for script, options in (("hosts.sh", ["--hosts", "a"]), ("run.sh", ["-np", "1"])):
            said = self.run_script(0, script, *options, *words)
            printed = [line for line in said.splitlines() if "mpirun -q -np 1" in line][0]
            self.assertIn(" /bin/true --output-dir ", printed)
            self.assertEqual(shlex.split(printed)[-len(words):], words)

    def test_the_cores_are_those_that_the_process_may_use(self):
        mine = os.sched_getaffinity(0)
        lines = [f"{cpu},0,0" for cpu in mine] + [f"{max(mine) + 1 + core},{core},0" for core in range(1, 64)]
        (self.folder / "lscpu").write_text("#!/bin/bash\necho '# CPU,Core,Socket\n" + "\n".join(lines) + "'\n")
        (self.folder / "lscpu").chmod(0o755)
        self.assertIn("1 rank on 1 core, 1 thread each:", self.run_script(0, "run.sh", "/bin/true"))

    def test_the_network_between_hosts_is_found(self):
        for name, text in (("ls", "printf 'docker0\\neth0\\nlo\\n'"),
                           ("getent", "if [[ $2 == far ]]; then echo 10.0.0.7; else echo '192.168.1.7 STREAM b'; fi"),
                           ("ip", "if [[ $* == *' get 10.'* ]]; then echo '10.0.0.7 via 192.168.1.1 dev eth0'\n"
                                  "elif [[ $* == *' get '* ]]; then echo '192.168.1.7 dev eth0 src 192.168.1.5'; else\n"
                                  "echo '169.254.0.0/16 metric 1000'; echo '192.168.1.0/24 src 192.168.1.5'; fi")):
            (self.folder / name).write_text(f"#!/bin/bash\n{text}\n")
            (self.folder / name).chmod(0o755)
        self.assertIn(" --mca btl_tcp_if_include 192.168.1.0/24 --mca oob_tcp_if_include 192.168.1.0/24 /bin/true",
                      self.run_script(0, "hosts.sh", "--hosts", "a,b", "/bin/true"))
        self.assertNotIn("if_include", self.run_script(0, "hosts.sh", "--hosts", "a,far", "/bin/true"))

    def test_hosts_come_from_a_file_too(self):
        for lines in ("# two\na slots=3\nb   # one\n\n", "a slots=3\nb", "a\tslots=3\r\nb\r\n",
                      "a slots=3 max_slots=4\nb  max-slots=2 "):
            (self.folder / "hosts").write_text(lines)
            text = self.run_script(0, "hosts.sh", "--hostfile", "hosts", "/bin/true")
            self.assertIn("-np 4 --host a:3,b:1 ", text)

    def test_what_is_no_list_of_hosts_is_refused(self):
        self.assertIn("'b:0' is no host", self.run_script(1, "hosts.sh", "--hosts", "a,b:0", "x"))
        (self.folder / "hosts").write_text("# none yet\n")
        self.assertIn("the host file '" + str(self.folder / "hosts") + "' names no host",
                      self.run_script(1, "hosts.sh", "--hostfile", "hosts", "/bin/true"))
        self.assertIn("cannot be read", self.run_script(1, "hosts.sh", "--hostfile", "no", "x"))
        self.assertIn("no hosts were given", self.run_script(1, "hosts.sh", "/bin/true"))
        self.assertIn("no program was given", self.run_script(1, "hosts.sh", "--hosts", "a"))

    def test_an_option_without_its_value_is_refused(self):
        for script, option in (("hosts.sh", "--hosts"), ("run.sh", "-np"), ("supervise.sh", "--max-restarts")):
            self.assertEqual(f"{script}: {option} needs a value (try --help)\n", self.run_script(1, script, option))

    def test_the_mpirun_of_another_mpi_is_refused(self):
        os.environ["MPIRUN_VERSION"] = "HYDRA build details:"
        self.addCleanup(os.environ.pop, "MPIRUN_VERSION")
        for script, options in (("hosts.sh", ["--hosts", "a"]), ("run.sh", [])):
            said = self.run_script(1, script, *options, "/bin/true")
            self.assertEqual(f"{script}: {self.folder}/mpirun is not OpenMPI's; load the module of the OpenMPI "
                             "that the programs were built with\n", said)

    def test_an_argument_that_a_script_does_not_know_is_refused(self):
        for script, argument, words in (("build.sh", "--cuda", "there is no preset '--cuda'"),
                                        ("quickstart.sh", "--cuda", "'--cuda' is too much"),
                                        ("test.sh", "quik", "'quik' is neither quick nor nothing")):
            self.assertEqual(f"{script}: {words} (try --help)\n", self.run_script(1, script, argument))

    def test_an_old_cmake_is_told(self):
        (self.folder / "cmake").write_text("#!/bin/bash\necho 'cmake version 3.22.1'\n")
        (self.folder / "cmake").chmod(0o755)
        self.assertIn("build.sh: cmake is 3.22.1, 3.25 or later is needed", self.run_script(1, "build.sh", "dev"))

    def test_help_is_given_from_any_folder(self):
        for script in ("hosts.sh", "run.sh", "supervise.sh", "serve.sh"):
            text = subprocess.run([f"./{script}", "--help"], cwd=ROOT / "launch", text=True, check=True,
                                  capture_output=True).stdout
            self.assertIn(f"launch/{script} ", text)

    def test_a_lost_rank_or_host_is_exit_code_five(self):
        for code, status in (("137", 5), ("205", 5), ("5", 5), ("75", 75), ("2", 2), ("0", 0)):
            self.run_script(status, "hosts.sh", "--hosts", "a", "/bin/true", ends=[code])

    def test_any_signal_asks_the_ranks_to_stop(self):
        for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            process = self.start("hosts.sh", "--hosts", "a", "/bin/true", ends=["75"], waits="yes")
            while not (self.folder / "started").exists():
                self.assertIsNone(process.poll())
                time.sleep(0.01)
            (self.folder / "started").unlink()
            process.send_signal(number)
            text, _ = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 75, text)

    def test_a_run_goes_on_until_the_directory_says_that_it_is_complete(self):
        text = self.supervise(0, "205 3", "0 9", "0")
        self.assertIn("start 1 on a:1,b:2; newest checkpoint: none", text)
        self.assertIn("start 1 ended with 5; newest checkpoint: step_3", text)
        self.assertIn("start 3 ended with 0; newest checkpoint: step_9", text)
        self.assertNotIn("start 4", text)
        self.assertRegex(text, "mpirun .* /bin/true --output-dir out --auto-resume")

    def test_hosts_that_do_not_answer_are_left_out(self):
        (self.folder / "lost").write_text("a\n")
        text = self.supervise(0, "0 9", "0")
        self.assertIn("a does not answer and is left out", text)
        self.assertIn("start 1 on b:2;", text)
        (self.folder / "lost").write_text("a\nb\n")
        self.assertIn("no host is left", self.supervise(5, "0"))

    def test_this_machine_needs_no_ssh_to_itself(self):
        names = {"localhost", os.uname().nodename, os.uname().nodename.partition(".")[0]}
        (self.folder / "lost").write_text("\n".join(names) + "\n")
        for name in names:
            text = self.run_script(0, "supervise.sh", "--hosts", f"{name},b", "/bin/true", "--output-dir", "out",
                                   ends=("0 9", "0"))
            self.assertIn(f"start 1 on {name}:1,b:1;", text)

    def test_in_a_chinese_locale_they_speak_chinese(self):
        self.language = "zh_CN.UTF-8"
        self.assertIn("run.sh: 没有给出程序", self.run_script(1, "run.sh"))
        (self.folder / "lost").write_text("a\n")
        text = self.supervise(0, "0 9", "0")
        for part in ("supervise.sh: a 没有应答", "==> 第 1 次启动: b:2; 最新的检查点: 无",
                     "1 台主机上 2 个进程:", "==> 第 2 次启动以 0 结束; 最新的检查点: step_9"):
            self.assertIn(part, text)

    def test_they_speak_the_language_that_the_program_is_given(self):
        for locale, lang, said in (("C.UTF-8", ["--lang", "zh"], "1 台主机上 1 个进程:"),
                                   ("zh_CN.GB18030", [], "1 rank on 1 host:"),
                                   ("zh_CN.UTF-8", ["--lang=en"], "1 rank on 1 host:")):
            self.language = locale
            self.assertIn(said, self.run_script(0, "hosts.sh", "--hosts", "a", "/bin/true", *lang))

    def test_starts_that_save_nothing_new_end_it(self):
        text = self.supervise(5, "137 3", "137", "137", "137 4", "137", "137", "137",
                              options=["--max-restarts", "2"])
        self.assertIn("start 7 ended with 5", text)
        self.assertIn("3 starts in a row saved nothing new", text)

    def test_epochs_that_every_start_would_add_are_refused(self):
        text = self.run_script(1, "supervise.sh", "--hosts", "a", "/bin/true", "--more-epochs", "3")
        self.assertEqual("supervise.sh: --more-epochs would add epochs at every start; give --epochs N, all of them\n",
                         text)

    def test_zero_without_a_checkpoint_is_not_believed(self):
        text = self.supervise(5, "0", "0", options=["--max-restarts", "1"])
        self.assertIn("2 starts in a row saved nothing new", text)

    def test_a_stop_and_a_failure_that_starting_again_does_not_mend_are_passed_on(self):
        for code in (75, 2, 4, 6):
            self.assertNotIn("start 2", self.supervise(code, f"{code} {code}"))


if __name__ == "__main__":
    unittest.main()
