"""The system calls of x86_64 by which a process changes something outside itself."""

import os

# by number: name and which arguments are paths
PATHS = {
    59: ("execve", [0]),
    82: ("rename", [0, 1]),
    83: ("mkdir", [0]),
    84: ("rmdir", [0]),
    85: ("creat", [0]),
    86: ("link", [0, 1]),
    87: ("unlink", [0]),
    88: ("symlink", [0, 1]),
    76: ("truncate", [0]),
    133: ("mknod", [0]),
    165: ("mount", [0, 1]),
    166: ("umount", [0]),
    258: ("mkdirat", [1]),
    259: ("mknodat", [1]),
    263: ("unlinkat", [1]),
    264: ("renameat", [1, 3]),
    265: ("linkat", [1, 3]),
    266: ("symlinkat", [0, 2]),
    316: ("renameat2", [1, 3]),
    322: ("execveat", [1]),
}
OPENS = {2: ("open", 0, 1), 257: ("openat", 1, 2)}  # the arguments with path and flags
WRITES = {1: "write", 18: "pwrite", 20: "writev", 296: "pwritev", 77: "ftruncate"}
SENDS = {44: "sendto", 46: "sendmsg"}
OTHERS = {64: "semget", 65: "semop", 66: "semctl", 175: "init_module", 176: "delete_module", 313: "finit_module"}
IOCTL, KILL = 16, 62

O_CREAT_OR_TRUNC = 0o100 | 0o1000
# the commands of device-mapper that change nothing: version, status, names, dependencies, tables, targets
DM_READS = {0x00, 0x02, 0x07, 0x0B, 0x0C, 0x0D, 0x0E, 0x11}


def describe(tid, number, arguments):
    """`PROGRAM CALL …` if the call changes something, otherwise None."""
    program = os.path.basename(os.readlink(f"/proc/{tid}/exe"))
    is_agent = program in ("node", "vhacs")
    call = None
    if number in PATHS:
        name, places = PATHS[number]
        paths = [text_at(tid, arguments[place]) for place in places]
        # a search along PATH also tries files that do not exist
        call = None if name == "execve" and not os.path.exists(paths[0]) else " ".join([name, *paths])
    elif number in OPENS:
        name, place, _ = OPENS[number]
        path = text_at(tid, arguments[place])
        # the kernel's own files are neither created nor truncated
        call = None if path.startswith(("/sys/", "/proc/", "/dev/null")) else f"{name} {path}"
    elif number in WRITES:
        call = describe_write(tid, WRITES[number], arguments, is_agent)
    elif number in SENDS:
        call = None if is_agent else SENDS[number]
    elif number == IOCTL:
        call = describe_ioctl(tid, arguments)
    elif number == KILL:
        call = f"kill {arguments[0]}" if arguments[1] and not is_child(arguments[0], tid) else None
    elif number in OTHERS:
        call = OTHERS[number]
    return call and f"{'agent' if is_agent else program} {call}"


def is_child(process, tid):
    def lines(path):
        with open(path, encoding="ascii") as status:
            return dict(line.split()[:2] for line in status if line.startswith(("Tgid:", "PPid:")))

    try:
        return lines(f"/proc/{process}/status")["PPid:"] == lines(f"/proc/{tid}/status")["Tgid:"]
    except OSError:
        return True


def describe_write(tid, name, arguments, is_agent):
    """None if it goes to the parent process, to another thread, or to shared memory: that changes nothing."""
    if arguments[0] in (1, 2):
        return None
    path = os.readlink(f"/proc/{tid}/fd/{arguments[0]}")
    is_file = path.startswith("/")
    if path.startswith("/dev/shm/") or not is_file and (is_agent or not path.startswith("socket:")):
        return None
    text = text_at(tid, arguments[1], arguments[2])[:40] if name in ("write", "pwrite") and is_file else ""
    return f"{name} {path if is_file else 'socket'} {text}".rstrip()


def describe_ioctl(tid, arguments):
    path = os.readlink(f"/proc/{tid}/fd/{arguments[0]}")
    kind, command = (arguments[1] >> 8) & 0xFF, arguments[1] & 0xFF
    is_read = kind in (0x54, 0x12, 0x89) or (kind == 0xFD and command in DM_READS)
    return None if is_read else f"ioctl {path} {arguments[1]:#x}"


def text_at(tid, address, length=200):
    """The text at that address, with blanks for what is not printable."""
    try:
        with open(f"/proc/{tid}/mem", "rb", buffering=0) as memory:
            memory.seek(address)
            data = memory.read(min(length, 200))
    except (OSError, OverflowError, ValueError):
        return "?"
    text = data.split(b"\0")[0].decode("ascii", "replace")
    return "".join(character if character.isprintable() else " " for character in text).strip()


def bpf(flags_at):
    """A filter that stops a thread at these calls, at an open only if it creates or truncates a file."""
    load, equal, is_set, result = 0x20, 0x15, 0x45, 0x06
    allow, trace = 0x7FFF0000, 0x7FF00000
    numbers = [*PATHS, *WRITES, *SENDS, *OTHERS, IOCTL, KILL]
    lines = [(load, 0, 0, 0)]
    for number, flags in flags_at.items():
        lines += [(equal, 0, 4, number), (load, 0, 0, 16 + 8 * flags)]
        lines += [(is_set, 0, 1, O_CREAT_OR_TRUNC), (result, 0, 0, trace), (result, 0, 0, allow)]
    for number in numbers:
        lines += [(equal, 0, 1, number), (result, 0, 0, trace)]
    return [*lines, (result, 0, 0, allow)]


PROGRAM = bpf({number: flags for number, (_, _, flags) in OPENS.items()})
