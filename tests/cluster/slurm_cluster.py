# SPDX-License-Identifier: Apache-2.0
"""A real Slurm on made-up hosts of this machine, in a folder of its own: every host is a set of
namespaces (network, host name, /dev/shm) with its own slurmd; the last one has slurmctld. Needs
root. Nothing of the machine's own network or /etc is touched."""
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import time

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "mpirun", "nsenter", "ip")

CONF = """ClusterName=lockstep
SlurmctldHost=h{head}(10.78.0.{head})
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/run/munge.sock,cred_expire=5
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
TmpFS={folder}/tmp.%n
SlurmctldPidFile={folder}/run/slurmctld.pid
SlurmdPidFile={folder}/run/slurmd.%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
GresTypes=gpu
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=5,bf_interval=5,batch_sched_delay=0,sched_min_interval=0
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=10
MinJobAge=3600
SlurmctldTimeout=30
SlurmdTimeout=20
MessageTimeout=10
InactiveLimit=0
JobRequeue=1
{nodes}PartitionName=debug Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
NODE = ("NodeName=h{n} NodeHostname=h{n} NodeAddr=10.78.0.{n} CPUs={cpus} Boards=1 Sockets=1 "
        "CoresPerSocket={cpus} ThreadsPerCore=1 RealMemory=4000 Gres=gpu:2 State=UNKNOWN\n")
HOST = """hostname h{n}; mount -t tmpfs -o mode=1777 tmpfs /dev/shm; mount --bind {folder}/hosts /etc/hosts
sysctl -qw net.ipv6.conf.all.disable_ipv6=1; ip link set lo up; touch {folder}/h{n}.up; exec sleep infinity"""


def missing():
    """Why there can be no cluster here; empty if there can."""
    if os.geteuid() != 0:
        return "namespaces need root"
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    return f"not installed: {', '.join(absent)}" if absent else ""


def wait_for(what, is_true, seconds):
    limit = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > limit:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.2)


class Cluster:
    def __init__(self, folder, hosts=3, cpus=2):
        self.folder = pathlib.Path(folder)
        self.hosts = hosts
        self.head = hosts + 1
        self.holders = {}  # name -> the process that keeps the namespaces of a host
        for name in ("state", "log", "run"):
            (self.folder / name).mkdir(parents=True)
        self.variables = {
            **os.environ, "SLURM_CONF": str(self.folder / "slurm.conf"),
            # Each made-up host takes core 0 for its own.
            "OMPI_MCA_hwloc_base_binding_policy": "none", "OMPI_MCA_btl": "tcp,self",
            "OMPI_MCA_btl_tcp_if_include": "eth0", "OMPI_MCA_oob_tcp_if_include": "eth0"}
        try:
            self.make_hosts()
            self.write_files(cpus)
            self.start_daemons()
        except BaseException:
            self.stop()
            raise

    def make_hosts(self):
        names = "".join(f"10.78.0.{n} h{n}\n" for n in range(1, self.head + 1))
        (self.folder / "hosts").write_text("127.0.0.1 localhost\n" + names)
        switch = self.hold("switch", "--net",
                           f"touch {self.folder}/switch.up; exec sleep infinity")
        self.inside(switch, "-n", "ip", "link", "add", "bridge0", "type", "bridge")
        self.inside(switch, "-n", "ip", "link", "set", "bridge0", "up")
        for n in range(1, self.head + 1):
            host = self.hold(f"h{n}", "--net --uts --ipc --mount --propagation private",
                             HOST.format(n=n, folder=self.folder))
            self.inside(switch, "-n", "ip", "link", "add", f"p{n}", "type", "veth", "peer", "name",
                        "eth0", "netns", host)
            self.inside(switch, "-n", "ip", "link", "set", f"p{n}", "master", "bridge0", "up")
            self.inside(host, "-n", "ip", "addr", "add", f"10.78.0.{n}/24", "dev", "eth0")
            self.inside(host, "-n", "ip", "link", "set", "eth0", "up")

    def hold(self, name, flags, script):
        process = subprocess.Popen(["unshare", *flags.split(), "bash", "-c", script],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   start_new_session=True)
        self.holders[name] = process
        wait_for(f"the namespaces of {name}", (self.folder / f"{name}.up").exists, 10)
        return str(process.pid)

    @staticmethod
    def inside(pid, flags, *command):
        subprocess.run(["nsenter", "-t", pid, *flags.split(), *command], check=True)

    def write_files(self, cpus):
        nodes = "".join(NODE.format(n=n, cpus=cpus) for n in range(1, self.hosts + 1))
        (self.folder / "slurm.conf").write_text(
            CONF.format(folder=self.folder, head=self.head, nodes=nodes))
        (self.folder / "gres.conf").write_text(
            "".join(f"NodeName=h[1-{self.hosts}] Name=gpu File=/dev/{name}\n"
                    for name in ("null", "zero")))  # GPUs in name
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o600)
        for n in range(1, self.hosts + 1):
            (self.folder / f"spool.h{n}").mkdir()
            (self.folder / f"tmp.h{n}").mkdir()

    def start_daemons(self):
        run = self.folder / "run"
        subprocess.run(["munged", "--force", f"--key-file={self.folder}/munge.key",
                        f"--socket={run}/munge.sock", f"--pid-file={run}/munged.pid",
                        f"--log-file={self.folder}/log/munged.log",
                        f"--seed-file={run}/munged.seed"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        conf = str(self.folder / "slurm.conf")
        self.on(self.head, "slurmctld", "-f", conf)
        for n in range(1, self.hosts + 1):
            self.start_slurmd(n)
        wait_for("idle nodes", lambda: self.ask("sinfo", "-h", "-N", "-o", "%T").split().count(
            "idle") == self.hosts, 30)

    def start_slurmd(self, n):
        self.on(n, "slurmd", "-f", str(self.folder / "slurm.conf"), "-N", f"h{n}")

    def command_on(self, n, command, cwd=None):
        return ["nsenter", "-t", str(self.holders[f"h{n}"].pid), "-n", "-u", "-i", "-m",
                f"--wd={cwd or self.folder}", *map(str, command)]

    def start(self, n, *command, log, cwd=None, **changes):
        """Starts a command on a host; the process is that of the command itself."""
        with open(log, "w", encoding="utf-8") as out:
            return subprocess.Popen(self.command_on(n, command, cwd), stdin=subprocess.DEVNULL,
                                    stdout=out, stderr=out, env={**self.variables, **changes})

    def on(self, n, *command, cwd=None, status=0, **changes):
        """Runs a command on a host; what it printed."""
        done = subprocess.run(self.command_on(n, command, cwd), text=True, timeout=60,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env={**self.variables, **changes})
        if status is not None and done.returncode != status:
            raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}")
        return done.stdout

    def ask(self, *command):
        return self.on(self.head, *command, status=None)

    def processes_of(self, name):
        """All that run in the network namespace of a host, its holder too."""
        namespace = os.readlink(f"/proc/{self.holders[name].pid}/ns/net")
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(entry / "ns" / "net") == namespace:
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def stop(self):
        own = os.readlink("/proc/self/ns/net")
        for name, holder in self.holders.items():
            if os.readlink(f"/proc/{holder.pid}/ns/net") == own:
                continue
            for pid in self.processes_of(name):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            holder.wait()
        try:
            os.kill(int((self.folder / "run" / "munged.pid").read_text()), signal.SIGTERM)
        except (OSError, ValueError):
            pass
