"""What a WSGI server loads."""

import gc
import sys

gc.disable()  # until the end: what is loaded stays, and to look through it is a sixth of a start

from referral.app import create_app  # noqa: E402 - loaded without the collector
from referral.kernel import logs  # noqa: E402 - the same
from referral.kernel.errors import CannotStart  # noqa: E402 - the same
from referral.kernel.process import leave_no_core  # noqa: E402 - the same

NOT_WORTH_ANOTHER_TRY = 3
"""gunicorn ends as well when a worker leaves with it; with any other it begins one anew."""

leave_no_core()
logs.configure()
try:
    app = create_app()
except CannotStart as error:
    sys.stderr.write(f"cannot start: {error}\n")
    raise SystemExit(NOT_WORTH_ANOTHER_TRY) from None

# What was loaded stays: no collection between two requests needs to look through it again.
gc.collect()
gc.freeze()
gc.enable()
