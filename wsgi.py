"""What a WSGI server loads."""

from referral.app import create_app

app = create_app()
