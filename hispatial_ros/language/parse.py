"""Understanding a question without a model: text in, typed question form out.

One grammar (``nouns``, ``conditions``, ``clauses``) over the concepts of one lexicon. Every reading
is looked at, and each uses every word: as a name, as a concept of the lexicon, or as a phrase that
says nothing (``lexicon.LIGHT``). Of several readings the cheapest wins:

1. the one that leaves the fewest words aside and takes the fewest unknown words for names,
2. then the one with the fewest restrictions of names by what stands behind them.

Two different readings that are equal in this are an error that names both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language import options, text, told
from hispatial_ros.language.chart import Chart, Reading, TooComplexError
from hispatial_ros.language.contractions import words_of
from hispatial_ros.language.forms import (
    Approach,
    CameraDistance,
    Dimension,
    Exists,
    Form,
    ImagePosition,
    Position,
    Summary,
)
from hispatial_ros.language.grammar import GRAMMAR
from hispatial_ros.language.instructions import answer_format
from hispatial_ros.language.lexer import ASIDE, SENTENCE, Lexed, lex
from hispatial_ros.language.lexicon import SPREAD
from hispatial_ros.language.measured import measured
from hispatial_ros.language.names import names_of, singular
from hispatial_ros.language.nouns import IT, RESTRICTED, UNKNOWN_NAME
from hispatial_ros.language.perspective import out_of_view, seen_by
from hispatial_ros.language.phrases import word_set
from hispatial_ros.language.proposal import Proposer, proposed
from hispatial_ros.language.question import Option, ParsedQuestion, Viewpoint, mentions, parts
from hispatial_ros.language.relation_forms import (
    Count,
    CountCompared,
    Describe,
    Extreme,
    Holds,
    RelativeDirection,
    Select,
)
from hispatial_ros.language.terms import ANY, CAMERA, AnyOf, Attribute, Mention, Not, Order
from hispatial_ros.language.together import (
    again,
    both,
    of_pixels,
    of_these,
    speaks_of_it,
    topic,
    what_is_meant,
)

UNDERSTOOD = (
    "how far is X",
    "how tall/wide/deep/long/big is X",
    "where is X",
    "go to X, how do I get to X",
    "the 3D box of X",
    "what is at pixel (u, v)",
    "the distance (or closest, horizontal, vertical distance) between X and Y",
    "which is nearer/larger/taller/further left, X or Y",
    "what is the nearest object",
    "is X left of/above/behind/on/touching Y",
    "is X closer than 1.5 m",
    "what is left of X",
    "how many objects are behind X, which are not on Y",
    "is X in Y, is X left of Y and closer than 2 m",
    "how many times taller is X than Y, is X at least twice as tall as Y",
    "the bearing of X, at what o'clock is X",
    "can a 60 cm wide robot pass between X and Y",
    "rank X, Y and Z from near to far",
    "the direction from X to Y",
    "describe the scene",
)
OUT_OF_VIEW = (
    "what is behind the camera is out of its view: turn the camera and ask again; for what is far "
    "back in the image, ask what is farthest"
)
MAX_WORDS = 100  # without the options
OF_ITSELF = 5  # cost of "it" meaning what the same question names
ENGLISH = "questions are understood in English only: ask in English"
# Function words that no English question has; two of them tell another language.
_FOREIGN = word_set("""
    wie weit ist der das wo und welche welcher dem ein eine vom zur zum von hoch breit quelle quel
    est la le les du une où combien hauteur à entre et loin gauche droite dónde está cuál qué es los
    las una del cuánto cuántos lejos izquierda derecha dov dove quanto quale è il lo gli della tra
    fra sinistra destra lontano onde fica qual distância da dos uma quantos esquerda direita waar
    hoe ver het een jest gdzie jak daleko ile hvor langt var är långt kde je nerede ne kadar
""")  # fmt: skip


def foreign(words: Sequence[str]) -> bool:
    """Whether a question is in another language."""
    letters = [c for word in words for c in word if c.isalpha()]
    if letters and sum(not c.isascii() for c in letters) > len(letters) / 2:
        return True
    return sum(word in _FOREIGN for word in words) >= 2


@dataclass(frozen=True)
class _Understood:
    """A reading of the whole question: the form, and what stands beside it."""

    form: Form
    frame: str | None
    viewpoint: Viewpoint | None
    unit: str | None
    cost: int

    @property
    def meaning(self) -> tuple[Any, ...]:
        viewed = self.viewpoint is not None and self.viewpoint.at != CAMERA
        return str(self.form), self.frame, self.viewpoint if viewed else None


def parse(
    question: str,
    labels: Sequence[str] = (),
    *,
    max_length: int = text.MAX_LENGTH,
    context: str | None = None,
    propose: Proposer | None = None,
) -> ParsedQuestion:
    """Parse a question about objects that are called ``labels``.

    Names that match no label still parse (as unknown names); whether they can be resolved is
    decided by ``Names.resolve``.

    Args:
        context: the question before, whose object "it" means, and whose form "and the globe?"
            asks again.
        propose: may propose a form where no reading is found, see ``proposal``.

    Raises:
        SpatialError: BAD_QUESTION if it is not text of a sane length or asks what is behind the
            camera, QUESTION_NOT_UNDERSTOOD with the list of what is.
    """
    cleaned = text.clean(question, max_length)
    names = names_of(tuple(labels))
    stem, choices = options.split(cleaned)
    count = len(text.tokenize(stem))
    if count > MAX_WORDS:
        raise SpatialError(
            ErrorCode.QUESTION_NOT_UNDERSTOOD,
            f"the question has {count} words, at most {MAX_WORDS} are read: ask in fewer words",
        )
    lexed = lex(stem, names, GRAMMAR.words)
    found = _readings(lexed, cleaned, _before(context, labels, max_length))
    if (not found or found[0].cost >= UNKNOWN_NAME) and foreign(lexed.words):
        raise SpatialError(ErrorCode.QUESTION_NOT_UNDERSTOOD, ENGLISH)
    if not found and propose and (form := proposed(cleaned, labels, propose)):
        note = f"taken as '{form}', as a language model proposed"
        return ParsedQuestion(form, choices, text=question, notes=(*lexed.notes, note))
    if not found:
        raise SpatialError(ErrorCode.QUESTION_NOT_UNDERSTOOD, not_understood(cleaned, lexed))
    best = [u for u in found if u.cost == found[0].cost]
    meanings = list(dict.fromkeys(str(u.form) for u in best))
    if len({u.meaning for u in best}) > 1:
        both = " or ".join(f"'{m}'" for m in meanings[:2])
        raise SpatialError(
            ErrorCode.QUESTION_NOT_UNDERSTOOD,
            f"this may mean {both}: say it in other words{_to_quote(lexed)}",
        )
    meant = best[0]
    form, view = meant.form, meant.viewpoint
    if view is not None and view.at != CAMERA:
        form = seen_by(form, view.at)
    if out_of_view(form):
        raise SpatialError(ErrorCode.BAD_QUESTION, OUT_OF_VIEW)
    points = {"point", "points", "pixel", "marker"} & set(lexed.words)
    if isinstance(form, Extreme) and form.candidates == (ANY,) and points and not choices:
        raise SpatialError(
            ErrorCode.QUESTION_NOT_UNDERSTOOD, "name the points that are meant: (u, v), in pixels"
        )
    if isinstance(form, Position) and len(form.objects) == 1 and choices:
        form = _side_of(form, choices, labels)
    aside = (f"left aside: '{lexed.preamble}'",) if lexed.preamble else ()
    notes = (*lexed.notes, *aside, *_depth_taken(lexed, form))
    asked = answer_format([token.text for token in words_of(cleaned)])
    return ParsedQuestion(form, choices, meant.frame, view, meant.unit, question, asked, notes)


def _side_of(form: Position, choices: Sequence[Option], labels: Sequence[str]) -> Form:
    """ "Where is it? A. left B. right", "... A. on the couch B. under the couch"."""
    offered = [_phrase(option.text, labels, "OfferedPlace") for option in choices]
    origins = {readings[0] for readings in offered if readings}
    if not all(offered) or len(origins) != 1:
        return form
    return RelativeDirection(form.objects[0], origins.pop())


def _before(context: str | None, labels: Sequence[str], max_length: int) -> Form | None:
    """The form of the question before, if that was understood."""
    if not context:
        return None
    try:
        return parse(context, labels, max_length=max_length).form
    except SpatialError:
        return None


def _readings(lexed: Lexed, question: str, before: Form | None) -> list[_Understood]:
    if any("UNMEASURED" in edges for edges in lexed.edges) or _of_posture(lexed):
        return []
    try:
        chart = Chart(GRAMMAR, lexed.edges, lexed.skips, lexed.quiet)
        readings = chart.complete("Text")
        fragments = chart.complete("Fragment") if before is not None else []
    except TooComplexError:
        raise SpatialError(
            ErrorCode.QUESTION_NOT_UNDERSTOOD,
            f"'{_shown(question)}' can be read in too many ways: ask in fewer words",
        ) from None
    if before is not None:
        asked = [(r, again(before, r.value)) for r in fragments]
        readings = [replace(r, value=form) for r, form in asked if form is not None] or readings
    found = _cheapest(readings, lexed, before)
    if not found or found[0].cost >= UNKNOWN_NAME:
        found = _one_asking(chart, lexed, before) or found
    return found


_SUPPOSING = {"assume", "assuming", "suppose", "supposing", "imagine", "if", "whether", "let"}


def _asks_whether(lexed: Lexed, start: int) -> bool:
    start += lexed.words[start] in ("and", "so", "but")
    return "YESNO" in lexed.edges[start] and lexed.words[start] not in _SUPPOSING


def _cheapest(
    readings: Sequence[Reading], lexed: Lexed, before: Form | None, of_it: bool = False
) -> list[_Understood]:
    """What the cheapest of the readings mean, and perhaps some dearer ones."""
    found: list[_Understood] = []
    for reading in sorted(readings, key=lambda r: r.cost):
        if found and reading.cost > min(u.cost for u in found):
            break  # what follows is dearer
        if (understood := _understood(reading, lexed, before, of_it)) is not None:
            found.append(understood)
    return sorted(found, key=lambda u: u.cost)


def _one_asking(chart: Chart, lexed: Lexed, before: Form | None) -> list[_Understood]:
    """What is asked where only some sentences of a text ask, and the others tell."""
    chart.steps = 0
    parts_asked: list[_Understood] = []
    stretches: list[tuple[int, int]] = []
    try:
        for readings in told.asking(chart, lexed.words, SENTENCE):
            found = _cheapest([asked.reading for asked in readings], lexed, before, True)
            if not found:
                continue
            best = [u for u in found if u.cost == found[0].cost]
            if len({u.meaning for u in best}) != 1:
                return []
            end = readings[0].end
            doubted = lexed.words[end : end + 1] == ["?"] or _asks_whether(lexed, readings[0].start)
            if isinstance(best[0].form, (Holds, Exists, CountCompared)) and not doubted:
                return []  # it tells
            parts_asked.append(best[0])
            stretches.append((readings[0].start, readings[0].end))
    except TooComplexError:
        return []
    if not parts_asked:
        return []
    one, form = parts_asked[0], parts_asked[0].form
    for other in parts_asked[1:]:
        if (other.viewpoint, other.frame) != (one.viewpoint, one.frame):
            return []
        joined = both(form, other.form)
        if joined is None:
            return []
        form = joined
    around = told.Telling(lexed.words, lexed.edges, lexed.named)
    these = of_these(form, around.names(stretches)) if speaks_of_it(form) else None
    if these is not None:
        form = these
    meant = around.only_name(stretches) if speaks_of_it(form) else None
    if meant is not None:
        asked_of_it = of_pixels(what_is_meant(form, meant))
        if asked_of_it is None:
            return []
        form = asked_of_it
    joined_up = meant is not None or these is not None or len(stretches) > 1
    if speaks_of_it(form) or not around.may_be_left(form, stretches, joined_up):
        return []
    lexed.preamble = around.text(stretches) or lexed.preamble
    unit = next((u.unit for u in parts_asked if u.unit), None)
    return [replace(one, form=form, unit=unit)]


# How something is, rather than where, if the question ends with it: "how many people are sitting?"
_POSTURES = word_set("""
    standing stand stands sitting sit sits seated lying lie lies hanging hangs leaning resting rests
    parked mounted clear free blocked open empty reachable obstructed
""")  # fmt: skip
_TOLD = {"many", "number", "count", "is", "are", "does", "do", "which", "who", "any"}


def _of_posture(lexed: Lexed) -> bool:
    words = [word for word in lexed.words if word.isalpha()] or [""]
    asked = bool({"many", "number", "count"} & set(words)) or words[0] in _TOLD
    return words[-1] in _POSTURES and asked and "side" not in words


def _understood(
    reading: Reading, lexed: Lexed, before: Form | None, of_it: bool = False
) -> _Understood | None:
    """What a reading means; ``of_it``: of what is said around it, perhaps."""
    said: dict[str, Any] = {}
    form = reading.value
    for kind, value in reading.asides:
        if kind == "topic":
            named = {tuple(map(singular, m.words)) for m in mentions(form)}
            if not any(tuple(map(singular, m.words)) in named for m in value):
                return None
        elif kind == "view" and kind in said and CAMERA in (value.at, said[kind].at):
            said[kind] = said[kind] if value.at == CAMERA else value  # "from their perspective"
        elif said.setdefault(kind, value) != value:
            return None
    view, cost = said.get("view"), reading.cost
    if "it" in said:
        form = what_is_meant(form, said["it"])
    if view is not None and view.at != CAMERA:
        form = what_is_meant(form, view.at)
    if reference := said.get("reference"):
        referred = seen_by(form, reference)
        if referred == form:
            return None
        form = referred
    if how := said.get("measured"):
        form = measured(form, how)
        if form is None:
            return None
    if speaks_of_it(form) and before is not None:
        meant = topic(before)
        form = form if meant is None else what_is_meant(form, meant)
    if speaks_of_it(form):  # "the person and the stool closest to them"
        meant = next((m for m in mentions(form) if m.words not in ((), IT.words)), None)
        nested = [(m.selector, m.condition) for m in mentions(form)]
        if meant is not None and not speaks_of_it(meant) and any(map(speaks_of_it, nested)):
            form, cost = what_is_meant(form, meant), cost + OF_ITSELF
    if max(reading.cost, 0) % UNKNOWN_NAME >= SENTENCE:  # two sentences are not one question
        return None
    summed = {"total", "overall"} & set(lexed.words) and not isinstance(form, Count)
    if summed and any(m.many for m in mentions(form)):  # a sum is not each one's
        return None
    article, first = lexed.words[0] in ("the", "a", "an"), 0
    while (first + 1, 0) in lexed.skips[first]:  # "purple chair", where one chair is known
        first += 1
    begins = first in lexed.named or (
        not article and not {"UNKNOWN", "DET", "THESE", "person"}.isdisjoint(lexed.edges[0])
    )
    placed = {"WHERE", "POS", "LIST", "IMAGEPOS"}
    alone = isinstance(reading.value, Position) and all(map(placed.isdisjoint, lexed.edges))
    if alone and not (begins or article):
        return None  # "hand me the mug on the table"
    if isinstance(form, Holds) and not begins and _NEVER_NAMED.isdisjoint(lexed.words):
        return None  # "the shelf next to the window", "hand me the mug on the table"
    compared = {"greater", "more", "larger", "less", "fewer", "smaller", "which"} & set(lexed.words)
    if isinstance(form, Count) and isinstance(form.condition, Not) and compared:
        return None  # "which is greater, the number of A or of B?"
    if isinstance(form, Dimension) and form.attribute is Attribute.DEPTH and _at_points(lexed):
        form = CameraDistance(form.objects)
    if isinstance(form, CameraDistance) and not _SPREAD.isdisjoint(lexed.words):
        return None  # "how far does the shelf extend"
    if "who" in lexed.words and ANY in mentions(form):  # things are no answer
        return None
    if isinstance(form, Summary) and reading.cost >= UNKNOWN_NAME:  # "what is the weather like?"
        return None
    if said.get("preface") and isinstance(form, (Approach, Holds, Exists, Select, Describe)):
        return None  # "is it possible to have the mug left of the globe"
    if lexed.pixels and not isinstance(form, ImagePosition):
        return None
    if (speaks_of_it(form) and not of_it) or (
        isinstance(form, Approach) and not _orders(form, reading, lexed)
    ):
        return None
    return _Understood(form, said.get("frame"), view, said.get("unit") or lexed.unit, cost)


def _at_points(lexed: Lexed) -> bool:
    """ "The depth of the mug (red point)": of a point it is the distance from the camera."""
    drawn = [i for i, word in enumerate(lexed.words) if word in ("point", "points")]
    return any("(" in lexed.words[max(i - 3, 0) : i] for i in drawn)


def _orders(form: Approach, reading: Reading, lexed: Lexed) -> bool:
    """Whether a way to go is asked for without a doubt: no word was left aside for it."""
    if lexed.preamble or lexed.instructed or any(isinstance(part, AnyOf) for part in parts(form)):
        return False
    asked = lexed.words[0] in ("can", "could", "should", "may", "is") and "reach" in lexed.words
    if asked or "still" in lexed.words:  # "stand still near the table"
        return False
    restricted = sum(1 for m in mentions(form) if m.condition or m.selector)
    called = ASIDE + 1 if lexed.words[0] == "robot" else 0  # "robot, go to the mug"
    return reading.cost <= RESTRICTED * restricted + called


# What has none of these tells of a thing, and asks nothing of it.
_NEVER_NAMED = word_set("""
    ? is are was were does do has have can stands lies sits hangs rests looks seems appears true
    correct will would could should may if whether
""")  # fmt: skip
_SPREAD = word_set(SPREAD.replace("|", " ")) | {"span"}
_DEEP = {"depth", "depths", "deep", "deeper", "deepest"}


def _depth_taken(lexed: Lexed, form: Form) -> tuple[str, ...]:
    """How "depth" was taken, where it may also mean the other thing."""
    if not _DEEP & set(lexed.words):
        return ()
    parts_of = list(parts(form))
    if Attribute.DEPTH in parts_of:
        return ("'depth' is taken as the extent of an object from its front to its back",)
    compares = any(isinstance(p, Order) and p.attribute is Attribute.DISTANCE for p in parts_of)
    taken = compares or (isinstance(form, CameraDistance) and _at_points(lexed))
    return ("'depth' is taken as the distance from the camera",) if taken else ()


def _shown(question: str) -> str:
    return question if len(question) <= 80 else question[:77] + "..."


def offered_side(option: str, labels: Sequence[str]) -> tuple[str, ...]:
    """The predicates that an option offers, as "above-left" does; () if it offers no side."""
    readings = _phrase(option, labels, "OfferedSide")
    return readings[0] if readings else ()


def offered_pixel(option: str) -> Mention | None:
    """The pixel that an option offers."""
    readings = _phrase(option, (), "OfferedPixel")
    return readings[0] if readings else None


def _phrase(words: str, labels: Sequence[str], symbol: str) -> list[Any]:
    try:
        lexed = lex(text.clean(words), names_of(tuple(labels)), GRAMMAR.words)
        readings = Chart(GRAMMAR, lexed.edges, lexed.skips).complete(symbol)
    except (SpatialError, TooComplexError):
        return []
    return [r.value for r in readings if r.cost < UNKNOWN_NAME]


def not_understood(question: str, lexed: Lexed) -> str:
    """Why: the words that are not known, or else the whole."""
    known = f"Understood are: {'; '.join(UNDERSTOOD)}."
    if labels := _to_quote(lexed):
        return f"'{_shown(question)}' is not understood{labels}. {known}"
    if lexed.unknown:
        words = ", ".join(f"'{w}'" for w in dict.fromkeys(lexed.unknown))
        return f"{words} is not understood in '{_shown(question)}'. {known}"
    return f"'{_shown(question)}' is not understood. {known}"


def _to_quote(lexed: Lexed) -> str:
    """What to add where labels may have been read as words of the grammar."""
    labels = ", ".join(f'"{label}"' for label in dict.fromkeys(lexed.unquoted))
    return f"; to ask about an object of that label, put it in quotes: {labels}" if labels else ""
