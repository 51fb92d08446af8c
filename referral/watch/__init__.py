"""What the one who runs the server sees: a log line for each request, and figures. No content."""

from flask import Flask

from referral.kernel.settings import Settings
from referral.watch import metrics, requests


def register(app: Flask, settings: Settings) -> None:
    """Watch every request, and add the page of figures."""
    requests.init_app(app)
    metrics.init_app(app, settings)
