"""The cache of compiled programs: a private folder of the user's cache directory, for a quick second start."""

from __future__ import annotations

import functools
import os
import threading
from pathlib import Path

import jax

from lamina.user_folders import cache_folder

MAX_BYTES = 512 * 1024**2


def use_compilation_cache() -> None:
    """Let JAX keep its compiled programs, unless the user has decided about that already.

    The folder is readable by its owner alone, since a compiled program is code. Where it cannot be made, or belongs
    to somebody else, programs are compiled anew.
    """
    if getattr(jax.config, "jax_compilation_cache_dir", None) is not None or os.environ.get("LAMINA_CACHE") == "":
        return
    folder = cache_folder() / "programs"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if hasattr(os, "getuid") and (folder.stat().st_uid != os.getuid() or folder.stat().st_mode & 0o022):
            return
    except OSError:
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    _put_whole_files(folder)
    _forget_oldest(folder)


@functools.cache
def _put_whole_files(folder: Path) -> None:
    """Let JAX move a program into its place instead of writing it there, where another process may read half of it.

    One that was left half written, by a process that was ended, is replaced when it is compiled again.
    """
    try:
        from jax._src.lru_cache import _CACHE_SUFFIX, LRUCache  # there is no public way to how the cache writes
    except ImportError:
        return
    plain = LRUCache.put

    def put(self: LRUCache, key: str, value: bytes) -> None:
        if Path(str(self.path)) != folder:
            return plain(self, key, value)
        own = f"{key}.{os.getpid()}.{threading.get_ident()}"
        plain(self, own, value)
        os.replace(folder / f"{own}{_CACHE_SUFFIX}", folder / f"{key}{_CACHE_SUFFIX}")
        return None

    LRUCache.put = put  # type: ignore[method-assign]  # as above


def _forget_oldest(folder: Path) -> None:
    """Keep the folder below its size: the programs that were longest unused go first."""
    try:
        files = sorted(((path.stat(), path) for path in folder.iterdir()), key=lambda file: -file[0].st_mtime)
        total = 0
        for status, path in files:
            total += status.st_size
            if total > MAX_BYTES:
                path.unlink(missing_ok=True)
    except OSError:
        return  # another process is cleaning up
