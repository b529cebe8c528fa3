# SPDX-License-Identifier: Apache-2.0
"""What a disk holds after a loss of power: a log of calls is replayed, and only what an fsync has
made durable is sure to be there. The bytes of a file are durable up to its last fsync, a name is
durable once its folder has been synced after it; everything else may be there, or in part, or not.
"""
import hashlib
import os

MARK = "/.saved/"  # An unlink below it says that a save was announced.
CREATE, EXCLUSIVE, TRUNCATE = os.O_CREAT, os.O_EXCL, os.O_TRUNC


class File:
    def __init__(self):
        self.now = bytearray()
        self.durable = bytes()
        self.pending = []  # Changes since the last fsync: ("write", offset, data) and the like.

    def change(self, change):
        apply(self.now, change)
        self.pending.append(change)

    def sync(self):
        self.durable = bytes(self.now)
        self.pending = []


class Link:
    def __init__(self, target):
        self.target = target


class Folder:
    def __init__(self):
        self.now = {}
        self.durable = {}
        self.pending = []  # Changes of names since the last fsync, each a {name: node or None}.

    def change(self, names):
        apply_names(self.now, names)
        self.pending.append(names)

    def sync(self):
        self.durable = dict(self.now)
        self.pending = []


def apply(content, change):
    kind, offset, data = change
    if kind == "write":
        if len(content) < offset:
            content.extend(bytes(offset - len(content)))
        content[offset:offset + len(data)] = data
    elif kind == "extend":
        content.extend(bytes(max(0, offset - len(content))))
    else:  # truncate
        del content[offset:]
        content.extend(bytes(offset - len(content)))


def apply_names(names, change):
    for name, node in change.items():
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node


class Disk:
    """REQUIRES: the log begins with what `root` holds, all of it durable."""

    def __init__(self, path, before):
        self.path = str(path)
        self.root = load(before)
        self.open_files = {}  # (process, descriptor) -> node
        self.saved = []  # sets that were announced as saved

    def replay(self, record):
        if record["call"] == "unlink" and MARK in record["path"]:
            self.saved.append(record["path"].split(MARK)[1])
        elif record["result"] >= 0:
            getattr(self, "do_" + record["call"])(record)

    def find(self, path):
        node = self.root
        for part in self.parts(path):
            inner = node.now[part]
            node = node.now[inner.target] if isinstance(inner, Link) else inner
        return node

    def parts(self, path):
        return [part for part in path[len(self.path):].split("/") if part]

    def place(self, path):
        """The folder of a path, and the name in it."""
        *folders, name = self.parts(path)
        return self.find(self.path + "/" + "/".join(folders)), name

    def opened(self, record):
        return self.open_files[record["pid"], record["fd"]]

    def do_open(self, record):
        flags = record["flags"]
        if not self.parts(record["path"]):
            node = self.root
        else:
            folder, name = self.place(record["path"])
            if name not in folder.now and flags & CREATE:
                folder.change({name: File()})
            node = folder.now[name]
        if flags & TRUNCATE and node.now:
            node.change(("truncate", 0, b""))
        self.open_files[record["pid"], record["result"]] = node

    def do_close(self, record):
        self.open_files.pop((record["pid"], record["fd"]), None)

    def do_write(self, record):
        self.opened(record).change(("write", record["offset"], record["data"]))

    def do_truncate(self, record):
        self.opened(record).change(("truncate", record["length"], b""))

    def do_allocate(self, record):
        self.opened(record).change(("extend", record["offset"] + record["length"], b""))

    def do_sync(self, record):
        self.opened(record).sync()

    def do_sync_range(self, record):
        pass

    def do_clone(self, record):
        node = self.opened(record)
        node.change(("truncate", 0, b""))
        node.change(("write", 0, bytes(self.find(record["to"]).now)))

    def do_mkdir(self, record):
        folder, name = self.place(record["path"])
        folder.change({name: Folder()})

    def do_rename(self, record):
        (old, old_name), (new, new_name) = self.place(record["path"]), self.place(record["to"])
        node = old.now[old_name]
        if new.now.get(new_name) is node:
            return
        if old is new:
            old.change({old_name: None, new_name: node})
        else:
            new.change({new_name: node})
            old.change({old_name: None})

    def do_exchange(self, record):
        (one, one_name), (other, other_name) = self.place(record["path"]), self.place(record["to"])
        first, second = one.now[one_name], other.now[other_name]
        assert one is other
        one.change({one_name: second, other_name: first})

    def do_link(self, record):
        folder, name = self.place(record["to"])
        folder.change({name: self.find(record["path"])})

    def do_symlink(self, record):
        folder, name = self.place(record["path"])
        folder.change({name: Link(record["to"])})

    def do_unlink(self, record):
        folder, name = self.place(record["path"])
        folder.change({name: None})

    do_rmdir = do_unlink


def load(path):
    """A folder of the real disk, all of it durable; links to one file are one node."""
    files = {}

    def node_of(place):
        if os.path.islink(place):
            return Link(os.readlink(place))
        if os.path.isdir(place):
            folder = Folder()
            for name in os.listdir(place):
                folder.now[name] = node_of(os.path.join(place, name))
            folder.sync()
            return folder
        number = os.stat(place).st_ino
        if number not in files:
            files[number] = File()
            with open(place, "rb") as stream:
                files[number].now.extend(stream.read())
            files[number].sync()
        return files[number]

    return node_of(str(path))


def torn(pending):
    """The changes of a file of which the last write came through by half."""
    if not pending or pending[-1][0] != "write":
        return pending
    kind, offset, data = pending[-1]
    return [*pending[:-1], (kind, offset, data[:len(data) // 2])]


def built(content, changes):
    content = bytearray(content)
    for change in changes:
        apply(content, change)
    return bytes(content)


class Variant:
    """One way a loss of power may go: what is there of a file, and of the names in a folder."""

    def __init__(self, name, file, names):
        self.name = name
        self.file = file
        self.names = names


def durable_names(folder):
    return folder.durable


def all_names(folder):
    return folder.now


def some_names(chance):
    """Of each folder's changes a random number of the first, as a journal would keep them."""
    def chosen(folder):
        names = dict(folder.durable)
        for change in folder.pending[:chance.randint(0, len(folder.pending))]:
            apply_names(names, change)
        return names
    return chosen


def some_writes(chance):
    """Of each file's changes any, in any number."""
    return lambda file: built(file.durable,
                              [change for change in file.pending if chance.random() < 0.5])


def zeros(file):
    """The size came through, the bytes did not."""
    return bytes(file.durable) + bytes(max(0, len(file.now) - len(file.durable)))


def variants(chance):
    return [
        Variant("only what is durable", lambda file: file.durable, durable_names),
        Variant("names without data", lambda file: file.durable, all_names),
        Variant("names and sizes without data", zeros, all_names),
        Variant("the last write torn", lambda file: built(file.durable, torn(file.pending)),
                all_names),
        Variant("data without names", lambda file: bytes(file.now), durable_names),
        Variant("everything", lambda file: bytes(file.now), all_names),
        Variant("some of both", some_writes(chance), some_names(chance)),
    ]


def picture(disk, variant):
    """Path -> what is there: (number of the file, its bytes), a link's target, None for a folder.
    """
    found = {}
    contents = {}

    def content_of(node):
        if id(node) not in contents:
            contents[id(node)] = (len(contents), variant.file(node))
        return contents[id(node)]

    def visit(folder, place):
        for name, node in sorted(variant.names(folder).items()):
            path = f"{place}/{name}"
            if isinstance(node, Folder):
                found[path] = None
                visit(node, path)
            elif isinstance(node, Link):
                found[path] = node.target
            else:
                found[path] = content_of(node)

    visit(disk.root, "")
    return found


def digest_of(found):
    """Equal for pictures that look the same."""
    digest = hashlib.sha1()
    for path, content in found.items():
        digest.update(repr((path, content if isinstance(content, str) else bool(content))).encode())
        if isinstance(content, tuple):
            digest.update(b"%d %d " % (content[0], len(content[1])) + content[1])
    return digest.digest()


def materialise(found, target):
    """Makes the picture a real folder."""
    os.mkdir(target)
    first_names = {}
    for path, content in found.items():
        place = str(target) + path
        if content is None:
            os.mkdir(place)
        elif isinstance(content, str):
            os.symlink(content, place)
        elif content[0] in first_names:
            os.link(first_names[content[0]], place)
        else:
            first_names[content[0]] = place
            with open(place, "wb") as stream:
                stream.write(content[1])
