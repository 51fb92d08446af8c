"""The database: one declarative base, one session, one way to begin a write.

SQLite's driver begins no transaction on reads, so that a read-then-write loses updates; here each
transaction begins explicitly, and a write takes the lock first (`BEGIN IMMEDIATE`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, DateTime, Dialect, LargeBinary, MetaData, TypeDecorator, Uuid, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction, registry

from referral.kernel.errors import IdTaken

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime on both engines; refuses naive ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store as UTC (SQLite keeps no zone)."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class IdBytes(TypeDecorator[bytes]):
    """An id that is read as its 16 bytes, for very many rows: a `UUID` takes 5 µs to make."""

    impl = Uuid()
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], bytes]:
        """From what the driver gives: a `UUID` or hexadecimal digits."""
        return attrgetter("bytes") if dialect.supports_native_uuid else bytes.fromhex


class Base(DeclarativeBase):
    """Declarative base with stable constraint names, for migrations on both engines."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            UUID: Uuid(as_uuid=True),
            datetime: Moment(),
            bytes: LargeBinary(),
            dict[str, Any]: JSON(),
        },
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})

if TYPE_CHECKING:

    class Model(Base):
        """Typed stand-in for `db.Model`."""

        __abstract__ = True

else:
    Model = db.Model

Read = TypeVar("Read")

WRITE = "referral_write"
_AFTER = "referral_after_commit"
_READ = "referral_read_in_transaction"


def session() -> Session:
    """The session of this application context."""
    return db.session()


def prepare_engine(engine: Engine) -> None:
    """Give a SQLite engine real transactions and durable, erasing settings."""
    if engine.dialect.name != "sqlite" or event.contains(engine, "connect", _on_connect):
        return
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we begin transactions ourselves
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "busy_timeout=60000",  # SQLite's queue of writers is unfair: fifty at once wait longer
        "temp_store=MEMORY",
        "cache_size=-8000",  # KiB: a search reads every card of a circle
    ):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def is_writing() -> bool:
    """Whether a write has begun in this session."""
    return bool(session().info.get(WRITE, False))


def begin_write() -> None:
    """Start a write transaction unless one is open.

    A read transaction open before is ended first: what was read is read again on next access, so
    that every check is made under the lock.
    """
    current = session()
    if is_writing():
        return
    current.rollback()
    current.expire_all()  # a commit keeps what was read before it
    current.connection(execution_options={WRITE: True})
    current.info[WRITE] = True


def rollback() -> None:
    """Undo the transaction and forget what was to happen after it."""
    current = session()
    current.rollback()
    current.info.pop(WRITE, None)
    current.info.pop(_AFTER, None)


def commit() -> None:
    """Commit, then run what was put off until the commit."""
    current = session()
    current.commit()
    current.info.pop(WRITE, None)
    put_off = current.info.pop(_AFTER, [])
    for action in put_off:
        action()


def read_once(key: tuple[object, ...], read: Callable[[], Read]) -> Read:
    """What `read` gave the first time in this transaction; every later call gets the same.

    For what many steps of one operation ask again and again. `begin_write` starts anew, so that
    what is decided under the lock was read under it; whoever writes it calls `read_again`.
    """
    known: dict[tuple[object, ...], Any] = session().info.setdefault(_READ, {})
    if key not in known:
        known[key] = read()
    return cast("Read", known[key])


def read_again(key: tuple[object, ...]) -> None:
    """Forget what `read_once` keeps under `key`: it has just been changed."""
    session().info.get(_READ, {}).pop(key, None)


@event.listens_for(Session, "after_transaction_end")
def _forget_what_was_read(ended: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None or transaction.nested:  # a flush has one of its own inside
        ended.info.pop(_READ, None)


def add_as(row: Any, *, is_given: bool) -> None:
    """Add a row whose id may have been made elsewhere; `IdTaken` when another has it already.

    Of two who bring one id in the same instant, one waits for the other and is told.
    """
    current = session()
    if not is_given:
        current.add(row)
        return
    if current.get(type(row), row.id) is not None:
        raise IdTaken
    current.add(row)
    try:
        current.flush()
    except IntegrityError as error:
        raise IdTaken from error


def after_commit(action: Callable[[], None]) -> None:
    """Run `action` once this transaction has committed; never if it does not."""
    session().info.setdefault(_AFTER, []).append(action)


@contextmanager
def unit_of_work() -> Iterator[None]:
    """Commit what the edge asked for, all or nothing. Render only after it."""
    try:
        yield
        commit()
    except BaseException:
        rollback()
        raise
