"""Commands of the one who runs the server; none of them can open a case."""

from flask import Flask

from referral.cli.audit import audit_commands
from referral.cli.backup import backup_check_command, backup_command, backup_key_command
from referral.cli.demo.command import demo_commands
from referral.cli.directory import directory_commands
from referral.cli.disclosure import disclosure_commands
from referral.cli.restore import restore_command


def register(app: Flask) -> None:
    """Add every command group to `flask`."""
    app.cli.add_command(directory_commands)
    app.cli.add_command(audit_commands)
    app.cli.add_command(demo_commands)
    app.cli.add_command(disclosure_commands)
    for command in (backup_command, backup_key_command, backup_check_command, restore_command):
        app.cli.add_command(command)
