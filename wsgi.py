"""What a WSGI server loads."""

from referral.app import create_app
from referral.kernel.process import leave_no_core

leave_no_core()
app = create_app()
