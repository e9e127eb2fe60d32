#!/usr/bin/env python3
"""On a node: a terminal for one command, and an operator at its keyboard.

    screen.py COLUMNSxROWS COMMAND... <SCRIPT

Each line of the script is one of
    wait REGEX       wait until the screen matches, at most 240 s; ^, $ and . are those of a line
    gone REGEX       wait until it does not
    key TEXT         press keys; \\r, \\x03 and the like are one each
    size 60x20       resize the window
    run COMMAND      run something else on this node, as another operator would
    show             print the screen
    hangup           close the terminal, as when a connection is lost; the last line
Then it waits until the command ends, and prints its exit status last, as "status 0".
"""
import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

TIMEOUT_SECONDS = 240


class Screen:
    """What a terminal shows; it knows the sequences that log-update and listr2 write."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines, self.row, self.column = [""] * rows, 0, 0
        self.rest = ""

    def resize(self, columns, rows):
        # lines that do not fit are lost at the top, so that the cursor's line stays
        lost = max(0, self.row - rows + 1)
        self.lines = (self.lines[lost:] + [""] * rows)[:rows]
        self.row -= lost
        self.columns, self.rows = columns, rows

    def write(self, text):
        text, self.rest = self.rest + text, ""
        for found in re.finditer(r"\x1b\[([?\d;]*)([A-Za-z])|\x1b[78=>]|\x1b.?[\d;?]*|[^\x1b]", text, re.S):
            word = found.group()
            if found.group(2):
                self.control(found.group(1), found.group(2))
            elif word.startswith("\x1b"):
                if found.end() == len(text):
                    self.rest = word
            else:
                self.put(word)

    def put(self, letter):
        if letter == "\r":
            self.column = 0
        elif letter == "\n":
            self.feed()
        elif letter == "\b":
            self.column = max(0, self.column - 1)
        elif letter >= " ":
            if self.column >= self.columns:
                self.column = 0
                self.feed()
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[: self.column] + letter + line[self.column + 1 :]
            self.column += 1

    def feed(self):
        if self.row == self.rows - 1:
            self.lines = self.lines[1:] + [""]
        else:
            self.row += 1

    def control(self, numbers, letter):
        number = int(re.sub(r"\D.*", "", numbers) or 0)
        times = max(1, number)
        if letter in "AF":
            self.row = max(0, self.row - times)
        elif letter in "BE":
            self.row = min(self.rows - 1, self.row + times)
        elif letter == "C":
            self.column += times
        elif letter == "D":
            self.column = max(0, self.column - times)
        elif letter == "G":
            self.column = times - 1
        elif letter == "H":
            self.row, self.column = 0, 0
        elif letter == "K":
            line = self.lines[self.row].ljust(self.column)
            left, right = line[: self.column], " " * self.column + line[self.column :]
            self.lines[self.row] = {0: left, 1: right}.get(number, "")
        elif letter == "J":
            if number == 0:
                self.lines[self.row] = self.lines[self.row][: self.column]
                self.lines[self.row + 1 :] = [""] * (self.rows - self.row - 1)
            else:
                self.lines = [""] * self.rows
        if letter in "EF":
            self.column = 0

    def shows(self, pattern):
        return re.search(pattern, self.text(), re.M) is not None

    def text(self):
        return "\n".join(line.rstrip() for line in self.lines).rstrip("\n")


class Session:
    def __init__(self, columns, rows, command):
        self.screen = Screen(columns, rows)
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm"
            # so that the window has its size before anything is drawn
            time.sleep(0.5)
            os.execvp(command[0], command)
        self.set_size(columns, rows)
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def set_size(self, columns, rows):
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds):
        """Reads what has been written; False when the command has closed the terminal."""
        if not select.select([self.terminal], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.terminal, 65536)
        except OSError:
            data = b""
        self.screen.write(self.decoder.decode(data))
        return data != b""

    def settle(self):
        """Reads on for a moment, as a frame may arrive in several parts."""
        end = time.monotonic() + 1
        while time.monotonic() < end and self.read(0.2):
            pass

    def until(self, is_done, what):
        end = time.monotonic() + TIMEOUT_SECONDS
        is_open = True
        while not is_done():
            if not is_open or time.monotonic() > end:
                print(f"{'timed out waiting for' if is_open else 'ended before'}: {what}; the screen is\n{self.screen.text()}")
                os.kill(self.pid, signal.SIGKILL)
                sys.exit(1)
            is_open = self.read(0.5)

    def act(self, word, rest):
        if word == "wait":
            self.until(lambda: self.screen.shows(rest), rest)
        elif word == "gone":
            self.until(lambda: not self.screen.shows(rest), f"no {rest}")
        elif word == "key":
            os.write(self.terminal, codecs.decode(rest, "unicode_escape").encode())
            self.settle()
        elif word == "size":
            columns, rows = map(int, rest.split("x"))
            self.screen.resize(columns, rows)
            self.set_size(columns, rows)
            self.settle()
        elif word == "run":
            subprocess.run(rest, shell=True, check=True, stdout=subprocess.DEVNULL)
        elif word == "hangup":
            os.close(self.terminal)
            self.terminal = None
        elif word == "show":
            self.settle()
            print(self.screen.text())
        else:
            sys.exit(f"{word}: unknown word in the script")

    def end(self):
        end = time.monotonic() + TIMEOUT_SECONDS
        while self.is_running():
            if time.monotonic() > end:
                os.kill(self.pid, signal.SIGKILL)
                sys.exit(f"the command does not end; the screen is\n{self.screen.text()}")
        print(f"status {os.waitstatus_to_exitcode(self.status)}")

    def is_running(self):
        if self.terminal is not None and self.read(0.5):
            return True
        pid, self.status = os.waitpid(self.pid, os.WNOHANG)
        if pid == 0:
            time.sleep(0.5)
        return pid == 0


def main():
    columns, rows = map(int, sys.argv[1].split("x"))
    script = [line.strip() for line in sys.stdin if line.strip()]
    session = Session(columns, rows, sys.argv[2:])
    for line in script:
        word, _, rest = line.partition(" ")
        session.act(word, rest)
    session.end()


if __name__ == "__main__":
    main()
