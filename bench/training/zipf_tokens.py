# SPDX-License-Identifier: Apache-2.0
"""Token files of random ids: as frequent as words are, for the trainer and its peers alike.

src/text/FORMAT.md describes the file. The ids are beyond the byte tokenizer that is laid beside it;
nothing here is ever turned back into text.
"""
import array
import hashlib
import itertools
import json
import random
import struct
import sys

HEADER_BYTES = 4096
BYTES_PER_TOKEN = 2
TOKENIZER = {"kind": "byte", "vocab_size": 256, "fingerprint": "byte-v1"}


def zipf_ids(count, vocabulary, seed):
    """The id that is k-th in the vocabulary comes up in proportion to 1 / k."""
    weights = itertools.accumulate(1 / rank for rank in range(1, vocabulary + 1))
    chosen = random.Random(seed).choices(range(vocabulary), cum_weights=list(weights), k=count)
    return array.array("H", chosen)


def header(count, vocabulary, token_bytes):
    """The digest only has to name the bytes: the trainer compares digests of token files, and
    leaves computing them to whoever writes one."""
    digest = hashlib.blake2b(token_bytes, digest_size=16).hexdigest()
    fixed = struct.pack("<8sIIqq64s256s256s", b"LKSTOKEN", 1, BYTES_PER_TOKEN, count, vocabulary,
                        digest.encode("ascii"), TOKENIZER["fingerprint"].encode("ascii"),
                        b"random ids")
    return fixed.ljust(HEADER_BYTES, b"\0")


def write_token_file(path, count, vocabulary, seed):
    ids = zipf_ids(count, vocabulary, seed)
    if sys.byteorder == "big":
        ids.byteswap()
    token_bytes = ids.tobytes()
    path.write_bytes(header(count, vocabulary, token_bytes) + token_bytes)


def write_tokenizer(folder):
    """The trainer asks for a tokenizer beside a token file. The byte tokenizer has no model."""
    (folder / "tokenizer.model").write_bytes(b"")
    (folder / "tokenizer.json").write_text(json.dumps(TOKENIZER) + "\n", encoding="ascii")
