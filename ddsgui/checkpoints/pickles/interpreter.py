"""An interpreter of pickles that can only build plain data.

A pickle is a program for a stack machine. Python's own unpickler imports the functions that the program names and
calls them. This one looks every name up in an allow-list, refuses all others, and bounds steps, sizes and memory.
Why ddsgui has its own: docs/decisions/0006-pickles-are-read-and-never-run.md.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any, NoReturn

from ddsgui.checkpoints.messages import damaged_error
from ddsgui.checkpoints.pickles.stream import F64, I32, U8, U16, U32, U64, PickleStream
from ddsgui.checkpoints.pickles.stubs import Stub, has_stub
from ddsgui.errors import CheckpointError

MAX_STEPS = 500_000  # per pickle; a training state of a 1024 px generator takes some 50,000
MAX_KEY_LENGTH = 1000  # characters, or items of a tuple
_SCALARS = (str, int, float, bool, type(None))


class Placeholder:
    """A stand-in for a value whose content comes later, with the BUILD opcode."""

    value: Any = None

    def build(self, state: Any) -> Any:
        """Return the value. Raises ValueError or TypeError if `state` is not a state of it."""
        raise NotImplementedError


class Constructor:
    """A function of ours that stands in for a name in a pickle; never the thing that is named.

    name: of what has no function of ours; its calls make stubs.
    """

    def __init__(self, make: Callable[..., Any], name: str = "") -> None:
        self.make, self.name = make, name

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Return the value; a stub if a stub is among the arguments and the function has no use for it."""
        if self.name:
            return Stub(self.name, arguments[0] if arguments else ())
        try:
            return self.make(*arguments, **named)
        except (TypeError, ValueError, AttributeError):
            if not has_stub(arguments):
                raise
            return Stub(getattr(self.make, "__name__", ""))


class PickleInterpreter:
    """The run of one pickle that begins at `position` of `view`; afterwards `stream.position` is behind its end.

    `find` returns what stands in for a name and raises CheckpointError if the name is not allowed; `persistent`
    returns what stands in for a persistent id. Byte strings become memoryviews: they stay where they are in the file.
    """

    def __init__(
        self,
        view: memoryview,
        name: str,
        find: Callable[[str, str], Any],
        persistent: Callable[[Any], Any] | None = None,
        position: int = 0,
    ) -> None:
        self.stream, self.name = PickleStream(view, name, position), name
        self._find, self._persistent = find, persistent
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}
        # Bytes that constructors may be given: a pickle can pass the same long value again and again.
        self._budget = 4 * len(view) + (16 << 20)

    def run(self) -> Any:
        """Return the value. Raises CheckpointError if the pickle is damaged, or would need code to be run."""
        try:
            for _ in range(MAX_STEPS):
                code = self.stream.number(U8)
                if code == pickle.STOP[0]:
                    return self._stack.pop()
                _INSTRUCTIONS[code](self)
        except (CheckpointError, MemoryError):
            raise
        except Exception as error:  # damage can raise anything
            raise damaged_error(self.name) from error
        raise CheckpointError(
            f"{self.name} takes too many steps to unpack; it is damaged or not a model file."
        )

    # Stack

    def _push(self, value: Any) -> None:
        self._stack.append(value)

    def _pop(self) -> Any:
        if self._marks and len(self._stack) <= self._marks[-1]:
            raise damaged_error(self.name)
        return self._stack.pop()

    def _pop_mark(self) -> list[Any]:
        start = self._marks.pop()
        items = self._stack[start:]
        del self._stack[start:]
        return items

    def _remember(self, index: int) -> None:
        self._memo[index] = self._stack[-1]

    def _recall(self, index: int) -> None:
        value = self._memo[index]
        if isinstance(value, Placeholder) and value.value is not None:
            value = value.value
        self._push(value)

    def _extend(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if isinstance(target, Stub):
            return
        if type(target) is not list:
            raise damaged_error(self.name)
        target.extend(items)

    def _add(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if isinstance(target, Stub):
            return
        if type(target) is not set:
            raise damaged_error(self.name)
        target.update(self._key(item) for item in items if not _is_stub(item))

    def _set(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if not isinstance(target, dict) or len(items) % 2:
            raise damaged_error(self.name)
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not _is_stub(key):  # an entry that only another program can look up
                target[self._key(key)] = value

    def _key(self, key: Any) -> Any:
        # Hashing tuples in tuples in tuples … would overflow the C stack.
        flat = key if type(key) in (tuple, frozenset) else (key,)
        if not all(isinstance(item, _SCALARS) for item in flat) or len(flat) > MAX_KEY_LENGTH:
            raise damaged_error(self.name)
        if isinstance(key, str) and len(key) > MAX_KEY_LENGTH:
            raise damaged_error(self.name)
        return key

    # Construction

    def _global(self, module: Any, attribute: Any) -> Any:
        if type(module) is not str or type(attribute) is not str:
            raise damaged_error(self.name)
        return self._find(module, attribute)

    def _call(self, what: Any, arguments: Any, named: Any = None) -> None:
        if isinstance(what, Stub):
            what = Constructor(Stub, what.name)
        if not isinstance(what, Constructor) or not isinstance(arguments, tuple):
            raise damaged_error(self.name)
        named = named or {}
        self._spend((*arguments, *named.values()))
        self._push(what(*arguments, **named))

    def _build(self) -> None:
        state = self._pop()
        target = self._stack[-1]
        self._spend((state, *state) if isinstance(state, tuple) else (state,))
        if isinstance(target, Placeholder):
            try:
                target.value = target.build(state)
            except (TypeError, ValueError, AttributeError):
                if not isinstance(state, tuple | list | dict) or not has_stub(state):
                    raise
                target.value = Stub(type(target).__name__)
            self._stack[-1] = target.value
        elif not isinstance(
            target, dict
        ):  # a dict's class may have attributes, such as torch's version notes
            raise damaged_error(self.name)

    def _spend(self, values: tuple[Any, ...]) -> None:
        self._budget -= sum(
            len(v) for v in values if isinstance(v, str | memoryview | list | tuple | dict | set)
        )
        if self._budget < 0:
            raise damaged_error(self.name)

    def _load_persistent(self, identity: Any) -> None:
        if self._persistent is None:
            raise damaged_error(self.name)
        self._push(self._persistent(identity))

    def _instance(self, what: Any) -> None:
        self._call(what, tuple(self._pop_mark()))

    def _object(self) -> None:
        what, *arguments = self._pop_mark()
        self._call(what, tuple(arguments))

    def _new_with_names(self) -> None:
        named, arguments, what = self._pop(), self._pop(), self._pop()
        self._call(what, arguments, named)

    def _pop_to_mark_or_one(self) -> None:
        if self._marks and self._marks[-1] == len(self._stack):
            self._marks.pop()
        else:
            self._pop()

    def _tuple(self, length: int) -> None:
        items = tuple(self._pop() for _ in range(length))
        self._push(items[::-1])

    def _dict(self) -> None:
        items = self._pop_mark()
        self._push({})
        self._set(items)

    def _frame(self) -> None:
        if self.stream.number(U64) > self.stream.remaining:
            raise damaged_error(self.name)

    def _refuse(self) -> NoReturn:
        raise CheckpointError(f"{self.name} refers to data outside the file, so it cannot be opened.")


def _is_stub(key: Any) -> bool:
    return isinstance(key, Stub | Constructor) or (type(key) in (tuple, frozenset) and has_stub(key))


_I = PickleInterpreter
# One function per opcode; pickletools documents each under the name that pickle gives it.
_INSTRUCTIONS: dict[int, Callable[[PickleInterpreter], Any]] = {
    opcode[0]: instruction
    for opcode, instruction in {
        pickle.MARK: lambda i: i._marks.append(len(i._stack)),
        pickle.POP: _I._pop_to_mark_or_one,
        pickle.POP_MARK: _I._pop_mark,
        pickle.DUP: lambda i: i._push(i._stack[-1]),
        # Numbers
        pickle.NONE: lambda i: i._push(None),
        pickle.NEWTRUE: lambda i: i._push(True),
        pickle.NEWFALSE: lambda i: i._push(False),
        pickle.INT: lambda i: i._push(i.stream.integer_line()),
        pickle.LONG: lambda i: i._push(i.stream.integer_line()),
        pickle.BININT: lambda i: i._push(i.stream.number(I32)),
        pickle.BININT1: lambda i: i._push(i.stream.number(U8)),
        pickle.BININT2: lambda i: i._push(i.stream.number(U16)),
        pickle.LONG1: lambda i: i._push(i.stream.long_integer(i.stream.number(U8))),
        pickle.LONG4: lambda i: i._push(i.stream.long_integer(i.stream.number(I32))),
        pickle.FLOAT: lambda i: i._push(float(i.stream.line())),
        pickle.BINFLOAT: lambda i: i._push(i.stream.number(F64)),
        # Text and bytes
        pickle.STRING: lambda i: i._push(i.stream.quoted_line()),
        pickle.BINSTRING: lambda i: i._push(i.stream.text(i.stream.number(I32), "latin-1")),
        pickle.SHORT_BINSTRING: lambda i: i._push(i.stream.text(i.stream.number(U8), "latin-1")),
        pickle.UNICODE: lambda i: i._push(i.stream.line().encode("latin-1").decode("raw-unicode-escape")),
        pickle.BINUNICODE: lambda i: i._push(i.stream.text(i.stream.number(U32), "utf-8")),
        pickle.SHORT_BINUNICODE: lambda i: i._push(i.stream.text(i.stream.number(U8), "utf-8")),
        pickle.BINUNICODE8: lambda i: i._push(i.stream.text(i.stream.number(U64), "utf-8")),
        pickle.BINBYTES: lambda i: i._push(i.stream.take(i.stream.number(U32))),
        pickle.SHORT_BINBYTES: lambda i: i._push(i.stream.take(i.stream.number(U8))),
        pickle.BINBYTES8: lambda i: i._push(i.stream.take(i.stream.number(U64))),
        pickle.BYTEARRAY8: lambda i: i._push(i.stream.take(i.stream.number(U64))),
        # Containers
        pickle.EMPTY_LIST: lambda i: i._push([]),
        pickle.LIST: lambda i: i._push(i._pop_mark()),
        pickle.APPEND: lambda i: i._extend([i._pop()]),
        pickle.APPENDS: lambda i: i._extend(i._pop_mark()),
        pickle.EMPTY_TUPLE: lambda i: i._push(()),
        pickle.TUPLE1: lambda i: i._tuple(1),
        pickle.TUPLE2: lambda i: i._tuple(2),
        pickle.TUPLE3: lambda i: i._tuple(3),
        pickle.TUPLE: lambda i: i._push(tuple(i._pop_mark())),
        pickle.EMPTY_DICT: lambda i: i._push({}),
        pickle.DICT: _I._dict,
        pickle.SETITEM: lambda i: i._set([i._pop(), i._pop()][::-1]),
        pickle.SETITEMS: lambda i: i._set(i._pop_mark()),
        pickle.EMPTY_SET: lambda i: i._push(set()),
        pickle.ADDITEMS: lambda i: i._add(i._pop_mark()),
        pickle.FROZENSET: lambda i: i._push(frozenset(i._key(k) for k in i._pop_mark() if not _is_stub(k))),
        # Memo
        pickle.PUT: lambda i: i._remember(int(i.stream.line())),
        pickle.BINPUT: lambda i: i._remember(i.stream.number(U8)),
        pickle.LONG_BINPUT: lambda i: i._remember(i.stream.number(U32)),
        pickle.MEMOIZE: lambda i: i._remember(len(i._memo)),
        pickle.GET: lambda i: i._recall(int(i.stream.line())),
        pickle.BINGET: lambda i: i._recall(i.stream.number(U8)),
        pickle.LONG_BINGET: lambda i: i._recall(i.stream.number(U32)),
        # Construction
        pickle.GLOBAL: lambda i: i._push(i._global(i.stream.line(), i.stream.line())),
        pickle.STACK_GLOBAL: lambda i: i._push(i._global(*[i._pop(), i._pop()][::-1])),
        pickle.REDUCE: lambda i: i._call(*[i._pop(), i._pop()][::-1]),
        pickle.NEWOBJ: lambda i: i._call(*[i._pop(), i._pop()][::-1]),
        pickle.NEWOBJ_EX: _I._new_with_names,
        pickle.INST: lambda i: i._instance(i._global(i.stream.line(), i.stream.line())),
        pickle.OBJ: _I._object,
        pickle.BUILD: _I._build,
        pickle.PERSID: lambda i: i._load_persistent(i.stream.line()),
        pickle.BINPERSID: lambda i: i._load_persistent(i._pop()),
        # Things outside the file: entries of a registry in the writing process, and buffers
        pickle.EXT1: _I._refuse,
        pickle.EXT2: _I._refuse,
        pickle.EXT4: _I._refuse,
        pickle.NEXT_BUFFER: _I._refuse,
        pickle.READONLY_BUFFER: _I._refuse,
        # Framing
        pickle.PROTO: lambda i: i.stream.number(U8),
        pickle.FRAME: _I._frame,
    }.items()
}
