# SPDX-License-Identifier: Apache-2.0
"""The server: a trained model over HTTP, and what is said to those who start it wrong."""
import json
import os
import signal
import socket
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.request

from lockstep import BIN, PreparedProgramTest, ProgramTest, environment
from served_model import served


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class EndlessRequest:
    """A client that sends a header, a byte every half second, for ever."""

    def __init__(self, port):
        self.connection = socket.create_connection(("127.0.0.1", port))
        self.connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n")
        self.connection.recv(1)  # the server has taken the connection
        self.connection.sendall(b"GET /healthz HTTP/1.1\r\nName: ")
        time.sleep(0.5)  # and waits for the rest of this by now
        threading.Thread(target=self.go_on, daemon=True).start()

    def go_on(self):
        try:
            while True:
                self.connection.sendall(b"x")
                time.sleep(0.5)
        except OSError:
            pass  # the server has ended

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()


class ServeProgramTest(PreparedProgramTest):
    def prepare(self):
        self.train("--data-file", self.sample().name, "--epochs", 1)

    def test_a_trained_model_is_served(self):
        with served(self.folder) as model:
            self.assertIn("checkpoints/best_model.pt", model.said[1])
            self.assertEqual(json.loads(model.request("GET", "/readyz")[1]),
                             {"status": "ready", "device": "cpu", "model_params_m": 0.12})
            asked = {"prompt": "今天", "max_new_tokens": 30, "seed": 7}
            first = model.ask("/v1/generate", **asked)
            self.assertEqual(first["new_tokens"], 30)
            self.assertEqual(model.ask("/v1/generate", **asked)["text"], first["text"])
            self.assertNotEqual(model.ask("/v1/generate", **{**asked, "seed": 8})["text"],
                                first["text"])
            self.assert_streams_the_same(model, asked, first["text"])
            self.assertEqual(
                model.ask("/v1/completions", prompt="a", max_tokens=5)["usage"]["completion_tokens"],
                5)
            served_model, = json.loads(model.request("GET", "/v1/models")[1])["data"]
            self.assertEqual(served_model["id"], "best_model.pt")
            self.assertLess(abs(served_model["created"] - time.time()), 600)
            status, refusal = model.request("POST", "/v1/generate", {"prompt": "", "top_k": 0})
            self.assertEqual(status, 422)
            self.assertIn("top_k is 0", json.loads(refusal)["detail"])
            self.assertIn('llm_generate_requests_total{status="200"} 5\n',
                          model.request("GET", "/metrics")[1])
            self.assertEqual(model.end(), (0, ""))

    def assert_streams_the_same(self, model, asked, text):
        status, body = model.request("POST", "/v1/generate", {**asked, "stream": True})
        self.assertEqual(status, 200)
        events = [line.removeprefix("data: ") for line in body.split("\n\n")[:-1]]
        self.assertEqual(events.pop(), "[DONE]")
        *pieces, last = map(json.loads, events)
        self.assertEqual("".join(piece["delta"] for piece in pieces), text)
        self.assertEqual(last["text"], text)

    def test_any_form_of_a_checkpoint_is_served_and_a_prompt_may_be_longer_than_the_context(self):
        asked = {"prompt": "天" * 500, "max_new_tokens": 3, "seed": 1}
        answers = []
        for name in ("checkpoints/latest.pt", "checkpoints/shards/epoch_0001", "1"):
            with served(self.folder, LLM_CHECKPOINT=name) as model:
                answers.append(model.ask("/v1/generate", **asked))
                self.assertEqual(model.end(signal.SIGTERM), (0, ""))
        self.assertEqual(len({answer["text"] for answer in answers}), 1)
        self.assertEqual(answers[0]["prompt_tokens"], 1500)
        self.assertGreater(answers[0]["prompt_tokens_not_read"], 1000)

    def test_a_second_server_on_a_port_is_refused(self):
        with served(self.folder) as model:
            said = self.run_program("server", "--port", model.port, status=2).stderr
            self.assertIn(f"127.0.0.1:{model.port}", said)

    def test_a_client_without_an_end_does_not_keep_the_server(self):
        with served(self.folder) as model, EndlessRequest(model.port):
            began = time.monotonic()
            self.assertEqual(model.end(signal.SIGTERM), (0, ""))
            self.assertLess(time.monotonic() - began, 20)
        with served(self.folder) as model, EndlessRequest(model.port):
            model.process.send_signal(signal.SIGINT)
            time.sleep(1)
            self.assertIsNone(model.process.poll())
            began = time.monotonic()
            self.assertEqual(model.end(), (0, ""))
            self.assertLess(time.monotonic() - began, 5)

    def test_a_server_whose_words_nobody_reads_serves(self):
        port = free_port()
        reader, writer = os.pipe()
        os.close(reader)
        process = subprocess.Popen(
            [str(BIN / "server"), "--port", str(port), "--lang", "en"], cwd=self.folder,
            text=True, stdout=writer, stderr=subprocess.PIPE, env=environment())
        os.close(writer)
        self.addCleanup(process.kill)
        self.wait_until_ready(process, port)
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 0, said)
        self.assertIn("writing the answer to the standard output", said)

    def wait_until_ready(self, process, port):
        for _ in range(600):
            self.assertIsNone(process.poll(), "the server has ended")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as ready:
                    self.assertEqual(ready.status, 200)
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        self.fail("the server is not ready after a minute")


class NothingToServeProgramTest(ProgramTest):
    def test_what_cannot_be_served_is_said(self):
        (self.folder / "text.pt").write_text("no checkpoint")
        for arguments, status, words in (
                ([], 4, "there is no checkpoints/best_model.pt"),
                (["--checkpoint", "text.pt"], 4, "text.pt"),
                (["--prot", "8000"], 2, "did you mean '--port'?"),
                (["--port", "70000"], 2, "--port is '70000'"),
                (["--lang", "fr"], 2, "--lang is 'fr'"),
                (["best_model.pt"], 2, "'best_model.pt' is too much")):
            with self.subTest(arguments=arguments):
                said = self.run_program("server", *arguments, status=status).stderr
                self.assertIn(words, said)
                self.assertEqual(said.count("\n"), 1, said)

    def test_help_and_version(self):
        self.assertIn("LLM_CHECKPOINT", self.run_program("server", "--help").stdout)
        self.assertIn("server (Lockstep) ", self.run_program("server", "--version").stdout)


if __name__ == "__main__":
    unittest.main()
