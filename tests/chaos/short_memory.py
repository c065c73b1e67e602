"""`short_memory.py READINGS ARGUMENTS…`: the command line with these arguments; few readings may wait for the disk.

The service knows nothing of it: in life it is half a million, which takes longer to fill than a test may last.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

if __name__ == "__main__":
    readings, *arguments = sys.argv[1:]
    from edge.buffer import writer
    from shopfloor import main

    writer.MOST_HELD = int(readings)
    sys.exit(main(arguments))
