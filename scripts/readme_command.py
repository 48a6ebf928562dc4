"""Print a command that stands in a Markdown file, so that what is documented is what is run.

    python scripts/readme_command.py README.md "test command"

The command is the fenced block below the comment <!-- test command -->.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path


def find_command(markdown: str, name: str) -> str:
    """The fenced block below <!-- name -->; a ValueError says what is missing."""
    comment = f"<!-- {name} -->"
    places = markdown.count(comment)
    if places != 1:
        raise ValueError(f"the comment {comment} must stand there once, above a fenced block; found it {places} times")
    below = markdown.split(comment)[1]
    block = re.match(r"\s*^```\w*\n(.*?)^```\s*$", below, re.DOTALL | re.MULTILINE)
    if block is None or not block[1].strip():
        raise ValueError(f"the comment {comment} must be followed at once by a fenced block (```) that holds a command")
    return block[1].strip()


def main() -> None:
    """Print the command; on failure say why and exit with 1."""
    path, name = Path(sys.argv[1]), sys.argv[2]
    try:
        print(find_command(path.read_text(encoding="utf-8"), name))
    except (OSError, ValueError) as error:
        sys.exit(f"{path}: {error}")


if __name__ == "__main__":
    main()
