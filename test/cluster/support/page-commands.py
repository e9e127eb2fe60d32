#!/usr/bin/env python3
"""Prints the blocks of commands of a page, for a scenario that runs them.

page-commands.py PAGE DIRECTORY   writes each block of "```sh" to a file of its own, and prints a line for it: the file, then the words of its first
line, which says where it is run ("# on NODE... (WHEN)", "# elsewhere").
"""

import re
import sys


def main():
    page, directory = sys.argv[1:]
    with open(page, encoding="utf-8") as file:
        blocks = re.findall(r"^```sh\n# (.*)\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)
    if not blocks:
        sys.exit(f"{page} has no block of commands")
    for number, (where, commands) in enumerate(blocks, 1):
        path = f"{directory}/{number:02}.sh"
        with open(path, "w", encoding="utf-8") as file:
            file.write(commands)
        print(path, where)


main()
