"""`python -m ae`."""

import signal
import sys

from ae.cli import main

# To be told to end, by a system that shuts down, is like Ctrl-C: what is done is kept.
signal.signal(signal.SIGTERM, signal.default_int_handler)
sys.exit(main())
