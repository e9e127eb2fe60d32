"""Runs a command in a process group of its own and kills the group at one of its steps, as Pacemaker does at a timeout.

    killer.py list COMMAND...        runs it to its end and prints its steps, one per line: PROGRAM CALL
    killer.py before K COMMAND...    kills it before the K-th step takes effect
    killer.py after K COMMAND...     kills it right after the K-th step

A step is a system call by which the command or one of its descendants changes something. The last line is `killed
before|after STEP`, or `ended with STATUS` if it ended before its K-th step; then the exit status is 1.
"""

import ctypes
import os
import signal
import struct
import sys
import time

from steps import PROGRAM, describe

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
SEIZE, CONT, SYSCALL, GET_SYSCALL_INFO = 0x4206, 7, 24, 0x420E
# SYSGOOD, FORK, VFORK, CLONE, EXEC, SECCOMP, EXITKILL
OPTIONS = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x80 | 0x100000
EVENT_EXEC, EVENT_SECCOMP, EVENT_STOP = 4, 7, 128
SYSCALL_EXIT = signal.SIGTRAP | 0x80


def main():
    mode = sys.argv[1]
    wanted = int(sys.argv[2]) if mode != "list" else 0
    command = sys.argv[2 if mode == "list" else 3 :]
    child = launch(command)
    ending, step = follow(child, mode, wanted)
    is_killed = ending == -signal.SIGKILL
    print(f"killed {mode} {step}" if is_killed else f"ended with {ending}")
    sys.exit(0 if is_killed or (mode == "list" and ending == 0) else 1)


def launch(command):
    """Starts the command and traces it; returns its process."""
    ready, go = os.pipe()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
        os.read(ready, 1)
        os.set_inheritable(ready, False)
        install_filter()
        os.execv(command[0], command)
    os.setpgid(child, child)
    ptrace(SEIZE, child, OPTIONS)
    os.write(go, b"x")
    os.close(go)
    os.close(ready)
    return child


def follow(child, mode, wanted):
    """Runs through the steps; returns the command's exit status, and the step at which it was killed, if it was."""
    count, status_of_child, awaited, killed = -1, None, None, None  # the first execve is the command itself
    while True:
        try:
            tid, status = os.waitpid(-1, 0x40000000)  # __WALL
        except ChildProcessError:
            return status_of_child, killed
        if not os.WIFSTOPPED(status):
            if tid == child:
                status_of_child = os.waitstatus_to_exitcode(status)
            continue
        event, sig = status >> 16, os.WSTOPSIG(status)
        if sig == SYSCALL_EXIT and awaited and tid == awaited[0]:
            killed, awaited = kill(child, awaited[1]), None
        elif event == EVENT_SECCOMP and not killed and (step := step_at(tid)):
            count += 1
            if mode == "list" and count > 0:
                print(step)
            if mode == "before" and count == wanted:
                killed = kill(child, step)
            if mode == "after" and count == wanted:
                awaited = tid, step
        is_ours = event or sig in (signal.SIGTRAP, SYSCALL_EXIT)
        # an execve stops once more before it returns
        resume(SYSCALL if awaited and tid == awaited[0] else CONT, tid, 0 if is_ours else sig)


def kill(group, step):
    os.killpg(group, signal.SIGKILL)
    return step


def resume(how, tid, sig):
    """Lets the thread run on, unless it was killed while it was stopped."""
    try:
        ptrace(how, tid, sig)
    except ProcessLookupError:
        pass


def step_at(tid):
    """The step that the thread is about to take, or None if its call changes nothing."""
    info = ctypes.create_string_buffer(88)
    try:
        ptrace(GET_SYSCALL_INFO, tid, ctypes.addressof(info), 88)
        number, *arguments = struct.unpack_from("7Q", info.raw, 24)
        return describe(tid, number, arguments)
    except ProcessLookupError:
        return None


def ptrace(request, tid, data, address=0):
    if LIBC.ptrace(request, tid, address, data) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def install_filter():
    """Makes the kernel stop this process and its children at the calls that steps.PROGRAM selects, and at no others."""
    instructions = b"".join(struct.pack("HBBI", *line) for line in PROGRAM)
    code = ctypes.create_string_buffer(instructions)
    program = struct.pack("HxxxxxxP", len(PROGRAM), ctypes.addressof(code))
    if LIBC.prctl(22, 2, ctypes.c_char_p(program), 0, 0) < 0:  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
        raise OSError(ctypes.get_errno(), "seccomp")


main()
