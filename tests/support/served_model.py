# SPDX-License-Identifier: Apache-2.0
"""A server of the built programs, for the tests that ask it."""
import contextlib
import http.client
import json
import signal
import subprocess

from lockstep import BIN, environment


class ServedModel:
    """The server's process, and a client of it."""

    def __init__(self, folder, *arguments, **changes):
        self.process = subprocess.Popen(
            [str(BIN / "server"), "--port", "0", "--lang", "en", *map(str, arguments)], cwd=folder,
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(**changes))
        self.said = [self.process.stdout.readline() for _ in range(2)]
        if not self.said[1]:
            raise RuntimeError(self.process.communicate()[1])
        self.port = int(self.said[1].split("http://127.0.0.1:")[1].split()[0])

    def request(self, method, path, body=None):
        """The status, and the body as it came."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, None if body is None else json.dumps(body),
                               {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8")

    def ask(self, path, **fields):
        """What a request that must succeed is answered."""
        status, body = self.request("POST", path, fields)
        if status != 200:
            raise AssertionError(f"{status}: {body}")
        return json.loads(body)

    def end(self, number=signal.SIGINT):
        """Returns the exit code, and what was said on the error stream."""
        self.process.send_signal(number)
        errors = self.process.communicate(timeout=60)[1]
        return self.process.returncode, errors


@contextlib.contextmanager
def served(folder, *arguments, **changes):
    model = ServedModel(folder, *arguments, **changes)
    try:
        yield model
    finally:
        if model.process.poll() is None:
            model.end(signal.SIGKILL)
