"""`python -m twitchbayes` is the command line."""

import sys

from twitchbayes.cli import main

if __name__ == "__main__":
    sys.exit(main())
