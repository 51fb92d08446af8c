"""The two health checks tell what a supervisor of processes needs, and no more."""

from referral.app import create_app
from referral.kernel.settings import read_settings


def test_a_working_installation_is_healthy_and_ready(app):
    client = app.test_client()

    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").text == "ready\n"


def test_an_installation_without_tables_is_healthy_and_not_ready(tmp_path):
    app = create_app(read_settings({"INSTANCE_PATH": str(tmp_path)}))
    client = app.test_client()
    unready = client.get("/readyz")

    assert client.get("/healthz").status_code == 200
    assert (unready.status_code, unready.headers["Retry-After"]) == (503, "5")
    assert "table" not in unready.text
