"""A file system in user space (FUSE) whose server does not answer: silent.py DIRECTORY [write]

With `write` it answers until a process has written to a file, and is silent when the kernel wants to store that.
"""

import ctypes
import mmap
import os
import struct
import sys
import threading
import time

DIRECTORY = sys.argv[1]
GETATTR, SETATTR, LOOKUP, OPEN, READ, WRITE, FSYNC, FLUSH, INIT, OPENDIR = 3, 4, 1, 14, 15, 16, 20, 25, 26, 27
FORGETS = (2, 42)
WRITEBACK_CACHE = 1 << 16


def mount():
    server = os.open("/dev/fuse", os.O_RDWR)
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={server},rootmode=40000,user_id=0,group_id=0".encode()
    if libc.mount(b"silent", DIRECTORY.encode(), b"fuse", 0, options) != 0:
        sys.exit(os.strerror(ctypes.get_errno()))
    return server


def attributes(node):
    mode = 0o40755 if node == 1 else 0o100644
    return struct.pack("<6Q10I", node, 1 << 20, 2048, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def answer(operation, node, body):
    if operation == INIT:
        return struct.pack("<4I2H2I2HI", 7, 31, 65536, WRITEBACK_CACHE, 12, 10, 65536, 1, 256, 0, 0) + bytes(24)
    if operation == LOOKUP:
        return struct.pack("<4Q2I", 2, 0, 3600, 3600, 0, 0) + attributes(2)
    if operation in (GETATTR, SETATTR):
        return struct.pack("<Q2I", 3600, 0, 0) + attributes(node)
    if operation in (OPEN, OPENDIR):
        return struct.pack("<Q2I", 1, 0, 0)
    if operation == READ:
        return bytes(min(struct.unpack("<2QI", body[:20])[2], 4096))
    return None


def serve(server, is_written):
    while True:
        request = os.read(server, 1 << 21)
        _, operation, number, node = struct.unpack("<2I2Q", request[:24])
        if operation in FORGETS or (is_written.is_set() and operation in (WRITE, FSYNC, FLUSH, SETATTR, GETATTR)):
            continue
        reply = answer(operation, node, request[40:])
        error = -38 if reply is None else 0  # ENOSYS
        os.write(server, struct.pack("<IiQ", 16 + len(reply or b""), error, number) + (reply or b""))


def write():
    file = os.open(f"{DIRECTORY}/file", os.O_RDWR)
    mmap.mmap(file, 4096)[0:4] = b"data"
    os.write(1, b"written\n")
    time.sleep(315)


server = mount()
if sys.argv[2:] == ["write"]:
    is_written = threading.Event()
    threading.Thread(target=serve, args=(server, is_written), daemon=True).start()
    output, inward = os.pipe()
    if os.fork() == 0:
        os.dup2(inward, 1)
        write()
    os.read(output, 1)
    is_written.set()
time.sleep(315)
