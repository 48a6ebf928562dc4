"""Where studies are kept: a file or a database, opened within a stated time; one out of reach is told in words."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lamina.errors import SettingError

if TYPE_CHECKING:
    from optuna.pruners import BasePruner
    from optuna.storages import RDBStorage
    from optuna.study import Study

WAITS = (0.1, 0.3, 1.0, 3.0)
"""Seconds between two tries to open a storage that another process is making."""
CONNECT_SECONDS = 10
"""How long a database may take to answer, and how long is waited for a file that another process writes."""
TIME_OPTIONS = {
    "pysqlite": "timeout", "psycopg": "connect_timeout", "psycopg2": "connect_timeout", "mysqldb": "connect_timeout",
    "pymysql": "connect_timeout",
}  # fmt: skip
"""Driver -> what it calls that time; others wait as long as they do by themselves."""


def opened(url: str, name: str, pruner: BasePruner) -> Study:
    """The study of this name, made where it does not exist.

    Several processes may come at once to a storage that has no tables yet: one makes them, the others come again.
    """
    import optuna
    from sqlalchemy.exc import IntegrityError, SQLAlchemyError

    def once() -> Study:
        return optuna.create_study(
            storage=connected(url), study_name=name, direction="minimize", pruner=pruner, load_if_exists=True
        )

    for wait in WAITS:
        try:
            return once()
        except IntegrityError:
            pass  # the other one has just written the same row
        except SQLAlchemyError as error:
            if "already exists" not in str(error) and "locked" not in str(error):
                raise
        time.sleep(wait)
    return once()


def connected(url: str) -> RDBStorage:
    """The storage at a URL; a connection that was cut between two trials is made anew."""
    from optuna.storages import RDBStorage
    from sqlalchemy.engine import make_url

    option = TIME_OPTIONS.get(make_url(url).get_driver_name())
    limited: dict[str, Any] = {} if option is None else {"connect_args": {option: CONNECT_SECONDS}}
    return RDBStorage(url, engine_kwargs={"pool_pre_ping": True, **limited})


def url_of(storage: str) -> str:
    """The URL of a storage; a path is an SQLite file.

    Example:
        >>> url_of("digits.study.db"), url_of("postgresql://host/studies")
        ('sqlite:///digits.study.db', 'postgresql://host/studies')
    """
    if "://" in storage:
        return storage
    from sqlalchemy.engine import URL

    url: str = URL.create("sqlite", database=storage).render_as_string(hide_password=False)
    return url


def without_password(storage: str) -> str:
    """A storage as it may be shown.

    Example:
        >>> without_password("postgresql://ann:secret@host/studies"), without_password("digits.study.db")
        ('postgresql://ann:***@host/studies', 'digits.study.db')
    """
    return re.sub(r"(://[^:/@]*):.*@", r"\1:***@", storage)


@contextmanager
def reaching(words: str) -> Iterator[None]:
    """Raise a SettingError with these words, and with what the storage says, where it cannot be reached."""
    from optuna.exceptions import OptunaError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, ImportError, OptunaError) as error:
        raise SettingError(f"{words}: {_why(error)}") from error


def _why(error: Exception) -> str:
    """What the database itself says, in its first line."""
    root = error.__cause__ or error
    if isinstance(root, ImportError) and root.name:
        return f"it needs the package {root.name}, which is not installed"
    said = getattr(root, "orig", None) or root
    return (str(said).splitlines() or [type(said).__name__])[0]
