# SPDX-License-Identifier: Apache-2.0
"""What launch/setup.sh and launch/build.sh do on machines that are not as they might be; Python, Debian's
tools and, but for two tests, cmake are scripts here."""
import os
import pathlib
import shutil
import subprocess
import unittest

from lockstep import ROOT, ProgramTest

# Everything is there already, as PYTHON says who asks, but Debian's packages where $LACKS says so.
STUBS = {"dpkg-query": '[[ -n $LACKS ]] || echo "install ok installed"\n',
         "id": "echo 1000\n",
         "cmake": 'if [[ $1 == --version ]]; then echo "cmake version 3.25.1"; exit; fi\n'
                  'echo "LibTorch: $LOCKSTEP_LIBTORCH" >&2\n[[ $1 == --preset ]]\n'}
PYTHON = '#!/bin/bash\necho "asked, with PYTHONPATH=${PYTHONPATH:-}" >>asked\n'


class SetupTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.project = self.folder / "my own project"
        shutil.copytree(ROOT / "launch", self.project / "launch")
        for name, text in STUBS.items():
            self.write_program(self.folder / name, f"#!/bin/bash\n{text}")
        self.write_program(self.project / ".deps/python/bin/python", PYTHON)

    def write_program(self, path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def run_script(self, status, script, *arguments, **more):
        variables = {name: value for name, value in os.environ.items()
                     if name not in ("CONDA_PREFIX", "LOCKSTEP_LIBTORCH")}
        variables |= {"PATH": f"{self.folder}:{os.environ['PATH']}", "LACKS": "", "LC_ALL": "C.UTF-8", **more}
        done = subprocess.run([self.project / "launch" / script, *arguments], cwd=self.folder, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=variables)
        self.assertEqual(done.returncode, status, done.stdout)
        return done.stdout

    def asked(self):
        return (self.project / "asked").read_text()

    def test_without_root_it_names_the_packages_and_goes_on(self):
        text = self.run_script(0, "setup.sh", LACKS="yes")
        self.assertIn("setup.sh: these Debian packages are missing, and only root may install them", text)
        self.assertIn("apt-get install g++ cmake ninja-build", text)
        self.assertIn("asked", self.asked())

    def test_a_torch_that_a_module_shows_to_every_python_is_not_taken_for_ours(self):
        self.run_script(0, "setup.sh", PYTHONPATH="/apps/torch")
        self.assertEqual({"asked, with PYTHONPATH="}, set(self.asked().splitlines()))

    def test_a_python_that_makes_no_folder_of_its_own_is_told(self):
        self.write_program(self.project / ".deps/python/bin/python", "#!/bin/bash\nexit 1\n")
        self.write_program(self.folder / "python3", "#!/bin/bash\n[[ $1 == -c ]] || { echo 'no ensurepip'; exit 1; }\n")
        self.assertIn("no ensurepip\nsetup.sh: python3 could not make .deps/python; it says why above\n",
                      self.run_script(1, "setup.sh"))

    def test_a_path_to_libtorch_is_read_where_the_script_is_called(self):
        (self.folder / "torch/lib").mkdir(parents=True)
        (self.folder / "torch/lib/libtorch_cpu.so").touch()
        self.run_script(0, "setup.sh", LOCKSTEP_LIBTORCH="torch")
        self.run_script(1, "build.sh", LOCKSTEP_LIBTORCH="torch")
        self.assertEqual(f"LibTorch: {self.folder}/torch\n",
                         (self.project / "build/release.configure.log").read_text())

    def test_where_a_build_fails_an_environment_of_conda_is_named(self):
        told = "build.sh: libraries of the conda environment /opt/conda may be among those that CMake found"
        text = self.run_script(1, "build.sh", CONDA_PREFIX="/opt/conda")
        self.assertIn(told, text)
        self.assertTrue(text.endswith("build.sh: building 'release' failed\n"), text)
        self.assertNotIn("conda", self.run_script(1, "build.sh"))

    def test_what_goes_into_a_file_has_no_colours(self):
        self.assertNotIn("\033", self.run_script(1, "quickstart.sh", LACKS="yes"))

    def test_another_libtorch_is_refused(self):
        (self.folder / "torch/lib").mkdir(parents=True)
        (self.folder / "torch/lib/libtorch_cpu.so").touch()
        for header, minor in (("headeronly/version.h", 12), ("csrc/api/include/torch/version.h", 4)):
            file = self.folder / "torch/include/torch" / header
            file.parent.mkdir(parents=True)
            file.write_text(f"#pragma once\n#define TORCH_VERSION_MAJOR 2\n\n#define TORCH_VERSION_MINOR {minor}\n")
            done = subprocess.run(["cmake", "--preset", "release", "-B", self.folder / "build", "-DLOCKSTEP_CUDA=OFF"],
                                  cwd=ROOT, text=True, env={**os.environ, "LOCKSTEP_LIBTORCH": str(self.folder / "torch")},
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(f"is version '2.{minor}', and 2.11 is needed", " ".join(done.stderr.split()))
            file.unlink()

    def test_a_build_needs_no_ccache(self):
        for folder in os.environ["PATH"].split(":"):
            for program in pathlib.Path(folder).glob("*"):
                if program.name not in ("ccache", *STUBS) and not (self.folder / "bin" / program.name).is_symlink():
                    (self.folder / "bin").mkdir(exist_ok=True)
                    (self.folder / "bin" / program.name).symlink_to(program)
        (self.folder / "bin/cmake").symlink_to(shutil.which("cmake"))
        for ccache in (False, True, False):
            if ccache:
                self.write_program(self.folder / "bin/ccache", "#!/bin/bash\nexec \"$@\"\n")
            else:
                (self.folder / "bin/ccache").unlink(missing_ok=True)
            subprocess.run(["cmake", "--preset", "release", "-B", self.folder / "build", "-DLOCKSTEP_CUDA=OFF"],
                           cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
                           env={**os.environ, "PATH": str(self.folder / "bin")})
            rules = (self.folder / "build/CMakeFiles/rules.ninja").read_text()
            self.assertEqual("CCACHE_NOHASHDIR=1 ccache " in rules, ccache)


if __name__ == "__main__":
    unittest.main()
