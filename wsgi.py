"""What a WSGI server loads."""

import gc
import sys

from referral.cli import disclosure
from referral.kernel import logs
from referral.kernel.errors import CannotStart
from referral.kernel.process import leave_no_core

NOT_WORTH_ANOTHER_TRY = 3
"""gunicorn ends as well when a worker leaves with it; with any other it begins one anew."""

gc.disable()  # until the end: what is loaded stays, and to look through it is a sixth of a start
leave_no_core()
logs.configure()
if disclosure.stands_alone(sys.argv):
    app = disclosure.application()
else:
    from referral.app import create_app

    try:
        app = create_app()
    except CannotStart as error:
        sys.stderr.write(f"cannot start: {error}\n")
        raise SystemExit(NOT_WORTH_ANOTHER_TRY) from None

# What was loaded stays: no collection between two requests needs to look through it again.
gc.collect()
gc.freeze()
gc.enable()
