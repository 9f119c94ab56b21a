"""Phrases that say whose left and right is meant."""

from __future__ import annotations

from hispatial_ros.language.chunk import NP, Chunk, ref
from hispatial_ros.language.lexer import Atom
from hispatial_ros.language.question import Viewpoint

_PLACES = ("viewpoint", "point")  # where somebody looks from: the camera if nobody is named


def _view(at: Atom, facing: Atom | None = None) -> Atom:
    return Atom("VIEW", Viewpoint(ref(at), ref(facing) if facing else None))


VIEWS: tuple[Chunk, ...] = (
    Chunk("CAMERA 's POSITION|WHERE", lambda c, s, p: c),
    Chunk(
        f"from? {NP} 's VIEWPOINT separator? BE? FACE NP",
        lambda f, np, s, v, sep, be, face, to: _view(np, to),
    ),
    Chunk(
        f"from|in|at? VIEWPOINT of {NP} separator? BE? FACE NP",
        lambda f, v, o, np, sep, be, face, to: _view(np, to),
    ),
    Chunk(f"from? {NP} 's VIEWPOINT", lambda f, np, s, v: _view(np)),
    Chunk(f"from|in|at? VIEWPOINT of {NP}", lambda f, v, o, np: _view(np)),
    Chunk(
        f"IF? CAMERA? BE? BE? AT_PLACE {NP} BE? separator? and? BE? FACE NP",
        lambda i, c, b, b2, a, at, e, s, n, b3, f, to: _view(at, to),
    ),
    Chunk(f"IF CAMERA? BE? BE? AT_PLACE {NP}", lambda i, c, b, b2, a, at: _view(at)),
    Chunk(f"CAMERA BE? BE? AT_PLACE {NP}", lambda c, b, b2, a, at: _view(at)),
    Chunk(f"AT_PLACE {NP} separator", lambda a, at, s: _view(at)),
    Chunk("from WHERE NP BE separator? FACE NP", lambda f, w, at, b, s, f2, to: _view(at, to)),
    Chunk(f"IF? CAMERA? BE? FACE {NP} from {NP}", lambda i, c, b, f, to, fr, at: _view(at, to)),
    Chunk("from NP separator? FACE NP", lambda fr, at, s, f, to: _view(at, to)),
    Chunk("VIEWPOINT", lambda v: Atom("CAMERA") if v.words[-1] in _PLACES else None),
    Chunk(f"SEEN_FROM {NP} separator? FACE NP", lambda s, at, sep, face, to: _view(at, to)),
    Chunk(f"SEEN_FROM {NP}", lambda s, at: _view(at)),
)
