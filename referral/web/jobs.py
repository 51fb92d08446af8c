"""What runs by itself: when each job ran last, and whether it is late."""

from flask import Blueprint, render_template

from referral.jobs.queries import visible_jobs
from referral.web.actor import current_actor

bp = Blueprint("jobs", __name__)


@bp.get("/jobs")
def list_jobs() -> str:
    """Every job with its last run, for whoever runs the installation."""
    return render_template("jobs/list_jobs.html", found=visible_jobs(current_actor()))
