"""A pickle as a list of instructions, followed by a machine that can only build plain data.

Python's own unpickler imports what a pickle names and calls it. This one looks names up in a table of its own
and refuses all others, and what a pickle may ask for in all is bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from ddsgui.checkpoints.messages import damaged_error
from ddsgui.checkpoints.pickles.stream import F64, I32, U8, U16, U32, U64, PickleStream
from ddsgui.errors import CheckpointError

MAX_STEPS = 500_000  # of one pickle; a training state of a 1024 px generator takes some 50,000
MAX_KEY = 1000  # letters
_SCALARS = (str, int, float, bool, type(None))


class Placeholder:
    """Stands for a value until the BUILD instruction brings its content."""

    value: Any = None

    def build(self, state: Any) -> Any:
        """The value itself. ValueError or TypeError if this is no state of it."""
        raise NotImplementedError


class Constructor:
    """What a name in a pickle becomes: a function of ours, never the thing that it names."""

    def __init__(self, make: Callable[..., Any]) -> None:
        self.make = make


class PickleInterpreter:
    """Runs one pickle that begins at `position` of `view`; afterwards `bytes.position` is behind its end.

    `find` gives what a name stands for and raises CheckpointError on names it does not know; `persistent` gives
    what a persistent id stands for. Byte strings become memoryviews: they stay where they are in the file.
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
        # A pickle can hand the same long thing to a constructor again and again.
        self._credit = 4 * len(view) + (16 << 20)

    def run(self) -> Any:
        """The value. CheckpointError, in one sentence, if there is none or it takes code to build it."""
        try:
            for _ in range(MAX_STEPS):
                code = self.stream.number(U8)
                if code == 0x2E:  # STOP
                    return self._stack.pop()
                _INSTRUCTIONS[code](self)
        except (CheckpointError, MemoryError):
            raise
        except Exception as error:  # what is damaged breaks in any way
            raise damaged_error(self.name) from error
        raise CheckpointError(f"{self.name} takes too many steps to unpack; it is damaged or no model file.")

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
        if type(target) is not list:
            raise damaged_error(self.name)
        target.extend(items)

    def _add(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if type(target) is not set:
            raise damaged_error(self.name)
        target.update(map(self._key, items))

    def _set(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if not isinstance(target, dict) or len(items) % 2:
            raise damaged_error(self.name)
        for key, value in zip(items[::2], items[1::2], strict=True):
            target[self._key(key)] = value

    def _key(self, key: Any) -> Any:
        # Python's own hash of tuples in tuples in tuples … overruns the C stack.
        flat = key if type(key) in (tuple, frozenset) else (key,)
        if not all(isinstance(item, _SCALARS) for item in flat) or len(flat) > MAX_KEY:
            raise damaged_error(self.name)
        if isinstance(key, str) and len(key) > MAX_KEY:
            raise damaged_error(self.name)
        return key

    # Construction

    def _global(self, module: Any, attribute: Any) -> Any:
        if type(module) is not str or type(attribute) is not str:
            raise damaged_error(self.name)
        return self._find(module, attribute)

    def _call(self, what: Any, arguments: Any, named: Any = None) -> None:
        if not isinstance(what, Constructor) or not isinstance(arguments, tuple):
            raise damaged_error(self.name)
        named = named or {}
        self._spend((*arguments, *named.values()))
        self._push(what.make(*arguments, **named))

    def _build(self) -> None:
        state = self._pop()
        target = self._stack[-1]
        self._spend((state, *state) if isinstance(state, tuple) else (state,))
        if isinstance(target, Placeholder):
            target.value = target.build(state)
            self._stack[-1] = target.value
        elif not isinstance(
            target, dict
        ):  # of a dict, it is what else its class holds: torch's version notes
            raise damaged_error(self.name)

    def _spend(self, values: tuple[Any, ...]) -> None:
        self._credit -= sum(
            len(v) for v in values if isinstance(v, str | memoryview | list | tuple | dict | set)
        )
        if self._credit < 0:
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

    def _frame(self) -> None:
        if self.stream.number(U64) > self.stream.remaining:
            raise damaged_error(self.name)

    def _refuse(self) -> NoReturn:
        raise CheckpointError(f"{self.name} relies on things that are not in the file; it cannot be opened.")


M = PickleInterpreter
_INSTRUCTIONS: dict[int, Callable[[PickleInterpreter], Any]] = {
    ord("("): lambda m: m._marks.append(len(m._stack)),
    ord("0"): M._pop_to_mark_or_one,
    ord("1"): M._pop_mark,
    ord("2"): lambda m: m._push(m._stack[-1]),
    # numbers
    ord("N"): lambda m: m._push(None),
    0x88: lambda m: m._push(True),
    0x89: lambda m: m._push(False),
    ord("I"): lambda m: m._push(m.stream.integer_line()),
    ord("L"): lambda m: m._push(m.stream.integer_line()),
    ord("J"): lambda m: m._push(m.stream.number(I32)),
    ord("K"): lambda m: m._push(m.stream.number(U8)),
    ord("M"): lambda m: m._push(m.stream.number(U16)),
    0x8A: lambda m: m._push(m.stream.long_integer(m.stream.number(U8))),
    0x8B: lambda m: m._push(m.stream.long_integer(m.stream.number(I32))),
    ord("F"): lambda m: m._push(float(m.stream.line())),
    ord("G"): lambda m: m._push(m.stream.number(F64)),
    # text and bytes
    ord("S"): lambda m: m._push(m.stream.quoted_line()),
    ord("T"): lambda m: m._push(m.stream.text(m.stream.number(I32), "latin-1")),
    ord("U"): lambda m: m._push(m.stream.text(m.stream.number(U8), "latin-1")),
    ord("V"): lambda m: m._push(m.stream.line().encode("latin-1").decode("raw-unicode-escape")),
    ord("X"): lambda m: m._push(m.stream.text(m.stream.number(U32), "utf-8")),
    0x8C: lambda m: m._push(m.stream.text(m.stream.number(U8), "utf-8")),
    0x8D: lambda m: m._push(m.stream.text(m.stream.number(U64), "utf-8")),
    ord("B"): lambda m: m._push(m.stream.take(m.stream.number(U32))),
    ord("C"): lambda m: m._push(m.stream.take(m.stream.number(U8))),
    0x8E: lambda m: m._push(m.stream.take(m.stream.number(U64))),
    0x96: lambda m: m._push(m.stream.take(m.stream.number(U64))),
    # containers
    ord("]"): lambda m: m._push([]),
    ord("l"): lambda m: m._push(m._pop_mark()),
    ord("a"): lambda m: m._extend([m._pop()]),
    ord("e"): lambda m: m._extend(m._pop_mark()),
    ord(")"): lambda m: m._push(()),
    0x85: lambda m: m._tuple(1),
    0x86: lambda m: m._tuple(2),
    0x87: lambda m: m._tuple(3),
    ord("t"): lambda m: m._push(tuple(m._pop_mark())),
    ord("}"): lambda m: m._push({}),
    ord("d"): lambda m: (items := m._pop_mark(), m._push({}), m._set(items)),
    ord("s"): lambda m: m._set([m._pop(), m._pop()][::-1]),
    ord("u"): lambda m: m._set(m._pop_mark()),
    0x8F: lambda m: m._push(set()),
    0x90: lambda m: m._add(m._pop_mark()),
    0x91: lambda m: m._push(frozenset(map(m._key, m._pop_mark()))),
    # memo
    ord("p"): lambda m: m._remember(int(m.stream.line())),
    ord("q"): lambda m: m._remember(m.stream.number(U8)),
    ord("r"): lambda m: m._remember(m.stream.number(U32)),
    0x94: lambda m: m._remember(len(m._memo)),
    ord("g"): lambda m: m._recall(int(m.stream.line())),
    ord("h"): lambda m: m._recall(m.stream.number(U8)),
    ord("j"): lambda m: m._recall(m.stream.number(U32)),
    # construction
    ord("c"): lambda m: m._push(m._global(m.stream.line(), m.stream.line())),
    0x93: lambda m: m._push(m._global(*[m._pop(), m._pop()][::-1])),
    ord("R"): lambda m: m._call(*[m._pop(), m._pop()][::-1]),
    0x81: lambda m: m._call(*[m._pop(), m._pop()][::-1]),
    0x92: M._new_with_names,
    ord("i"): lambda m: m._instance(m._global(m.stream.line(), m.stream.line())),
    ord("o"): M._object,
    ord("b"): M._build,
    ord("P"): lambda m: m._load_persistent(m.stream.line()),
    ord("Q"): lambda m: m._load_persistent(m._pop()),
    # EXT1, EXT2, EXT4, NEXT_BUFFER, READONLY_BUFFER
    **dict.fromkeys((0x82, 0x83, 0x84, 0x97, 0x98), M._refuse),
    # framing
    0x80: lambda m: m.stream.number(U8),
    0x95: M._frame,
}
