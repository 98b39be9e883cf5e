"""The stack's C interface (src/ffi/thor_stack.h) by ctypes. Nothing here knows Django: copy it into any host."""

import ctypes
import functools
import json

DECLINED, FORKED, SHORT = 1, -4, -64


class Error(Exception):
    """What the stack could not do, and why."""


@functools.cache
def load(path):
    """The library at this path; it stays loaded."""
    return Stack(ctypes.CDLL(path))


class Stack:
    """The stack of this process."""

    def __init__(self, library):
        self._library = library
        library.thor_stack_start.argtypes = [ctypes.c_char_p]
        library.thor_stack_stop.argtypes = [ctypes.c_uint32]
        library.thor_stack_status_json.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
        library.thor_stack_last_error.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
        library.thor_stack_version.restype = ctypes.c_char_p

    def start(self, config=""):
        """(True, ""): it runs or stands by. (False, reason): it is not to start in this process."""
        code = self._library.thor_stack_start(str(config).encode())
        if code < 0:
            raise Error(self._last_error())
        return code != DECLINED, self._last_error()

    def stop(self, timeout_ms=2000):
        """Stops it. Exit handlers run in forked children too, where there is nothing to stop."""
        code = self._library.thor_stack_stop(timeout_ms)
        if code != 0 and code != FORKED:
            raise Error(self._last_error())

    def status(self):
        """The status, as `thor-stack status --json` prints it."""
        return json.loads(self._text(self._library.thor_stack_status_json))

    @property
    def version(self):
        return self._library.thor_stack_version().decode()

    def _last_error(self):
        return self._text(self._library.thor_stack_last_error)

    def _text(self, read):
        size = 16384
        while True:
            buffer = ctypes.create_string_buffer(size)
            code = read(buffer, size)
            if code >= 0:
                return buffer.value.decode()
            if code > SHORT:
                raise Error(self._last_error() if read != self._library.thor_stack_last_error else f"code {code}")
            size = 2 * -code
