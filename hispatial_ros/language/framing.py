"""What stands around a question and asks nothing: sentences and brackets that are left aside.

"Consider the real-world locations of the objects." "I forgot my glasses:" "In the image I marked
the mug and the globe." "(highlighted by a red box)" "Provide a numerical value only." Benchmarks
and people put them before and behind their questions. None of them may have a word by which a
place, a number, a comparison or a way is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hispatial_ros.language.instructions import ANSWERING, MANNER, instructing
from hispatial_ros.language.lexicon import COLOURS, OF_QUANTITIES, ORDERS, SIDES
from hispatial_ros.language.names import singular
from hispatial_ros.language.numbers import UNITS
from hispatial_ros.language.phrases import word_set
from hispatial_ros.language.terms import Attribute

Edges = Sequence[Mapping[str, Sequence[tuple[int, object]]]]

_ENDS = {".", "?", "!", ";", ":"}
# First words of what sets the scene up to a comma.
_OPENINGS = word_set("""
    based judging considering consider given looking estimate estimating assuming according examine
    examining observe observing using taking analyze analyse analyzing inspecting regarding
    concerning focusing to for as
""")  # fmt: skip
_CONSIDERING = _OPENINGS - {"estimate", "estimating", "using", "taking", "to", "for", "as"}
# First words of what somebody says of themselves, and of whom else that may speak.
_OF_ONESELF = word_set("""
    i my we our forgive pardon sorry silly stupid quick apologies thanks thank hello hi
""")  # fmt: skip
_SELF = {"i", "we", "me", "us", "my", "our", "you"}
_PAUSES = {",", ";", ":", ".", "!", "but"}
# What a question is headed by: "Question: ...".
_HEADINGS = word_set("""
    question q task query prompt instruction statement caption claim context hypothesis user human
    operator request premise description
""")  # fmt: skip
# All that may stand beside names which the question names again: "I marked the mug."
_SHOWING = word_set("""
    in the this a an image picture photo scene frame video i we you marked annotated highlighted
    labelled labeled shown there is are and two three objects object given consider considering look
    at focus on concerning see here about following both these of with by red green blue yellow box
    boxes bounding colored coloured respectively visible present be seen have for has been which
    that contains shows my your displayed points was were as well one , 's ( )
""")  # fmt: skip
# How things are drawn into an image: "(marked with a red dot)".
_DRAWN = word_set("""
    box boxes marker mark dot circle outline mask contour arrow rectangle marked highlighted
    annotated outlined bbox circled label shown indicated star cross point points
""")  # fmt: skip
# What people measure with, and what they say before it; "in" and "by" tell of other things, too.
_TOOLS = word_set("""
    app application sensor sensors lidar depth image images vision cloud clouds pointcloud camera
    cameras realsense kinect opencv stereo gopro zed software algorithm phone iphone 2 3 d
""")  # fmt: skip
_DATA = _TOOLS - {"depth", "image", "images", "camera", "cameras", "2", "3", "d"}
_MEANS = dict.fromkeys(("using", "via", "with", "like"), _TOOLS - {"2", "3", "d"})
_MEANS |= dict.fromkeys(("in", "on", "from", "by", "through"), _DATA)
_MEANS_END = frozenset(".,?!;:()") | {"and", "or", "to", "is", "are", "of", "between", "for"}
_SIDES_OF_BOXES = {"length", "width", "height", "breadth", "depth", "or", ","}
_AXES = {"x", "y", "z", "u", "v", ",", "and", "extent", "axis", "value", "direction", "component"}
# What people say before they ask, and around it: "my goal is to find", "can anyone help me?".
ASKING_FOR = word_set("""
    i we you anyone someone anybody somebody everyone any one do does can could would will want
    wanted need needed like wish try trying tried goal aim task is am are was it to my our know
    knows how way possible there a an the some find get getting got obtain retrieve have has
    calculate compute measure estimate determine tell help me us please so important nice good great
    useful interested in looking wondering curious display show print hello hi hey thanks thank out
    figure that this just only gauge see be been easy for advance now question here currently best
    if idea work working on extract simply really also and might may must should all guys sir
    everybody function method returns command software node knowing finding measuring calculating
    project robot say give provide able understand learn check by kind anyway quickly wonder
    functions solution guide with tool
""")  # fmt: skip
# And what else a sentence may say that asks for nothing: "I'm stuck in this step."
_CHATTER = ASKING_FOR | word_set("""
    not sure achieve stuck step problem issue welcome appreciated with new point at solve done do
    hard grateful stage
""")  # fmt: skip
# Verbs with which they end.
_FOR_WHAT = word_set("""
    get find know measure calculate compute estimate determine obtain tell have display show
    retrieve extract out say gauge give need want print provide is returns knows knowing getting
    finding only measuring calculating understand learn check see just
""")  # fmt: skip
# Concepts by which something is told or asked that the answer depends on.
_TELLING = frozenset(
    {symbol for symbol, _ in ORDERS}
    | {"NAME", "LR", "FRONT", "AROUND", "CONTAINS", "CARRIES", "LRMOST", "HALF", "CORNER"}
    | {"UPDOWN", "CMP", "SUP", "ADJ", "ORDINAL", "LENGTH", "COORDINATES", "UNIT", "UNITASK"}
    | {"AT_PLACE", "FACE", "SEEN", "VIEWPOINT", "FRAME", "GO", "STOP", "PASS", "GETS", "TURN"}
    | {"SURFACES", "NOT", "NONE", "NEITHER", "EXCEPT", "ITSELF", "THEM", "ITS", "ONE", "UNMEASURED"}
    | {"HOW", "WHAT", "WHERE", "MUCH", "MANY", "EXIST", "SEEING", "TRUE", "MINE"}
) - {"RANK", "FIRST", "MEASURES", "EQUALLY"}
# What an instruction may have of these: "answer with the number", "measure it in metres".
_OF_ANSWERS = frozenset(
    {"TRUE", "ITSELF", "ITS", "THEM", "ONE", "NONE", "NOT", "MANY", "UNIT", "UNITASK", "WHAT",
     "LIMIT", "GREATER", "MEASURES", "HOW", "MINE"}
)  # fmt: skip
# Concepts by which somebody says more of themselves than that.
_SAYING = frozenset(
    OF_QUANTITIES
    | {symbol for table in (SIDES, ORDERS) for symbol, _ in table}
    | {"ADJ", "CMP", "SUP", "ORDINAL", "THING", "EVERYTHING", "ANYTHING", "UNMEASURED"}
    | {"SCENE", "IMAGE", "FRAME", "ITSELF", "THEM", "PIXEL"}
    | {"AT_PLACE", "FACE", "TURN", "GO", "STOP", "PASS", "TRAVEL", "GETS", "VIEWPOINT", "SEEN"}
    | {"HOW", "WHAT", "WHICH", "WHERE", "MUCH", "MANY", "LIST", "EXCEPT", "NONE", "NEITHER"}
)
# Of what was said: "my bike is red, how far is it?"
_BACK = frozenset({"ITSELF", "THEM", "ITS", "ONE"})
# Words about the answer or the data, not about the scene.
_META = word_set("""
    answer answers option options choice choices formatted format tuple tuples reply response
    instances category caption captions
""")  # fmt: skip
_OF_FORMAT = {"formatted", "format", "tuple", "tuples", "answer", "response", "reply"}
_VAGUE = {"inside", "on", "near", "in_front_of"}  # sides that mean little: "in the image"
_ASKING = {"which", "who", "is", "are", "does", "do", "did", "has", "have", "can"}
_MOST = {"most", "more", "best"}
_MORE = {"also", "too", "then", "except", "ignore", "ignoring", "exclude", "excluding", "without"}


@dataclass(frozen=True)
class Aside:
    """Words from ``start`` to ``end`` that are left aside."""

    start: int
    end: int
    kind: str  # "scene", "self", "answer" or "shown"


def framing(
    words: Sequence[str], marks: Sequence[int], edges: Edges, named: Mapping[int, int]
) -> list[Aside]:
    """All that stands around the question.

    Args:
        words: of the question.
        marks: indices of punctuation.
        edges: concepts that begin at each word: symbol -> (end, value).
        named: where names begin and end.
    """
    text = _Text(words, edges, named)
    found = text.brackets() + text.means()
    start = 0
    for end in [i for i in marks if words[i] in _ENDS] + [len(words)]:
        stop = min(end + 1, len(words))
        kind = text.kind(start, end) if start < end else ""
        if found and found[-1].kind == "answer" and found[-1].end == start and start < end:
            offered = words[start - 1] == ":" and not text.asks(start, end)
            kind = "answer" if offered else kind  # "choose from: left or right"
        if kind:
            found.append(Aside(start, stop, kind))
        elif start < end and words[start] in _OPENINGS:
            comma = next((i for i in marks if start < i < end and words[i] == ","), None)
            joined = words[comma + 1 : comma + 2] == ["and"] if comma is not None else False
            if comma is not None and not joined and text.sets_the_scene(start, comma):
                found.append(Aside(start, comma + 1, "scene"))
        start = stop
    if (tail := text.chatter()) is not None:
        found.append(Aside(tail, len(words), "scene"))
    if words[:1] and words[0] in ("hey", "hi", "hello") and words[2:3] == [","]:
        found.append(Aside(0, 3, "self"))  # "hey vision, ..."
    if opening := text.of_oneself():
        found.append(Aside(0, opening, "self"))
    asked = set(range(len(words))).difference(*(range(a.start, a.end) for a in found))
    asks = word_set("SEEING NAME THING ANYTHING COORDINATES SCENE UNKNOWN THESE WHICH")
    if not any(not asks.isdisjoint(edges[i]) for i in asked):
        return []
    return found


class _Text:
    def __init__(self, words: Sequence[str], edges: Edges, named: Mapping[int, int]):
        self.words, self.edges, self.named = words, edges, named

    def _has(self, start: int, end: int, symbols: frozenset[str]) -> bool:
        return any(not symbols.isdisjoint(self.edges[i]) for i in range(start, end))

    def asks(self, start: int, end: int) -> bool:
        symbols = {"HOW", "WHAT", "WHICH", "WHERE", "MUCH", "MANY", "YESNO", "DIST", "DIM", "GO"}
        return self._has(start, end, frozenset(symbols))

    def kind(self, start: int, end: int) -> str:
        """What a sentence is beside the question; empty if it is a part of it."""
        words = self.words[start:end]
        if len(words) == 1 and words[0] in _HEADINGS and self.words[end : end + 1] == [":"]:
            return "scene"
        if self._instructs(start, end):
            return "answer"
        if self._shows(start, end):
            return "shown"
        if _CHATTER.issuperset(words) and not any(start <= i < end for i in self.named):
            return "scene"  # "can anyone help me?"
        return "scene" if self.sets_the_scene(start, end) else ""

    def chatter(self) -> int | None:
        """Where the end begins that asks for nothing: ", is it easy?"."""
        commas = [i for i, word in enumerate(self.words) if word == ","]
        end = len(self.words) - (self.words[-1:] == ["?"])
        for i in commas:
            words = [word for word in self.words[i + 1 : end] if word != "."]
            if len(words) > 1 and _CHATTER.issuperset(words):
                return None if any(j > i for j in self.named) else i
        return None

    def sets_the_scene(self, start: int, end: int) -> bool:
        words, edges = self.words, self.edges
        if words[start] in _ASKING:
            return False
        if start > 0 and not _META.isdisjoint(words[start:end]):
            asks = {"HOW", "WHERE", "MUCH", "MANY", "GO", "STOP"}
            return not any(i in self.named or asks & edges[i].keys() for i in range(start, end))
        if words[start] == "if":
            return False
        others = [*range(start), *range(end, len(words))]
        told = self._quantities(range(start, end)) - self._quantities(others) - {"RELATION"}
        if told and words[start] not in _CONSIDERING:  # "give the width, too"
            return False
        opens = words[start] in _OPENINGS  # "based on their positions in 3D space"
        for i in range(start, end):
            dimensions = words[i] in ("2", "3") and words[i + 1 : i + 2] == ["d"]
            dimensions |= words[i - 1] in ("image", "picture", "frame", "photo")  # its number
            if i in self.named or (words[i].isdigit() and not dimensions):
                return False
            for symbol, ways in edges[i].items():
                if symbol in ("TURN", "FACE") and words[i : i + 2] == ["look", "at"]:
                    continue
                if (
                    symbol in _TELLING
                    and words[i] not in _MOST
                    and not (opens and symbol in ("ITS", "MINE"))
                ):
                    return False
                if symbol == "SIDE" and not {value for _, value in ways} <= _VAGUE:
                    return False
        return True

    def _instructs(self, start: int, end: int) -> bool:
        """ "Provide a numerical value only."; not "give the height, too", nor what names things."""
        verb = instructing(self.words, start, end)
        if verb is None or not _MORE.isdisjoint(self.words[start:end]):
            return False
        frames = frozenset({"FRAME", "VIEWPOINT", "SURFACES", "LENGTH", "GO", "STOP"})
        if self._has(start, end, frames):
            return False
        names = any(start <= i < end for i in self.named)
        if self.words[verb] in ANSWERING and not (
            names and MANNER.isdisjoint(self.words[verb + 1 : verb + 2])
        ):
            return True
        if names:
            return False
        if self.words[verb : verb + 2] == ["the", "coordinates"]:
            return True  # "the coordinates should be between 0 and 1"
        if not _OF_FORMAT.isdisjoint(self.words[start:end]):
            return not self._has(start, end, frozenset({"THING", "CMP", "SUP", "ORDINAL"}))
        if self._has(start, end, (_TELLING | {"THING"}) - _OF_ANSWERS):
            return False
        sides = (self.edges[i].get("SIDE", ()) for i in range(start, end))
        if not {value for ways in sides for _, value in ways} <= _VAGUE:
            return False
        others = [*range(start), *range(end, len(self.words))]
        return self._quantities(range(start, end)) <= self._quantities(others)

    def _quantities(self, places: Sequence[int]) -> set[object]:
        found: set[object] = set()
        for i in places:
            for symbol in ("DIM", "ADJ", "CMP", "SUP"):
                for _, value in self.edges[i].get(symbol, ()):
                    found.add(value[0] if isinstance(value, tuple) else value)
        if Attribute.DEPTH in found:  # from the camera, perhaps
            found = found - {Attribute.DEPTH} | {Attribute.DISTANCE}
        for i in places:
            if not {"DIST", "APART", "GAP"}.isdisjoint(self.edges[i]):
                found.add(Attribute.DISTANCE)
            found.update(s for s in ("POS", "BOX", "RELATION", "BEARING") if s in self.edges[i])
        return found

    def _shows(self, start: int, end: int) -> bool:
        """ "In the image I marked the mug", of a mug that the question names again."""
        inside = [i for i in self.named if start <= i < end]
        covered = set().union(*(range(i, self.named[i]) for i in inside))
        if not inside or any(
            self.words[i] not in _SHOWING | _DRAWN for i in range(start, end) if i not in covered
        ):
            return False
        if self.words[start] in ("is", "are", "which"):
            return False
        outside = [self._name(i) for i in self.named if not start <= i < end]
        return all(self._name(i) in outside for i in inside)

    def _name(self, i: int) -> tuple[str, ...]:
        return tuple(map(singular, self.words[i : self.named[i]]))

    def brackets(self) -> list[Aside]:
        """ "(highlighted by a red box)", "(annotated)"."""
        found = []
        for i, word in enumerate(self.words):
            if word != "(" or ")" not in self.words[i:]:
                continue
            end = i + self.words[i:].index(")")
            drawn = not _DRAWN.isdisjoint(self.words[i + 1 : end])
            named = [set(self._name(j)) for j in self.named if i < j < end]
            boxes = all(name <= _DRAWN | COLOURS for name in named)  # "red box"
            axes = _AXES.issuperset(self.words[i + 1 : end])
            axes |= (
                _SIDES_OF_BOXES.issuperset(self.words[i + 1 : end]) and "or" in self.words[i:end]
            )
            if (drawn and boxes) or axes or (end > i + 1 and self._tells_nothing(i + 1, end)):
                found.append(Aside(i, end + 1, "shown"))
        return found

    def means(self) -> list[Aside]:
        """ "Using the depth image", "like the measure app": what somebody would measure with."""
        found = []
        for i, word in enumerate(self.words):
            if (tools := _MEANS.get(word)) is None or i in self.named:
                continue
            end = i + 1
            while end < len(self.words) and self.words[end] not in _MEANS_END:
                end += 1
            if not tools.isdisjoint(self.words[i:end]) and self._tells_nothing(i + 1, end):
                found.append(Aside(i, end, "means"))
        return found

    def _tells_nothing(self, start: int, end: int) -> bool:
        """Whether no place, name, number or way is told, and no quantity but a tool's."""
        told = _TELLING - {"MINE"} | OF_QUANTITIES
        return not any(
            i in self.named or (self.words[i] not in _TOOLS and not told.isdisjoint(self.edges[i]))
            for i in range(start, end)
        )

    def of_oneself(self) -> int:
        """ "I forgot my glasses: ...": where it ends, what somebody says of themselves at first.

        It names nothing, and has no word by which a place, a size or a way is told.
        """
        words, edges = self.words, self.edges
        if not words or words[0] not in _OF_ONESELF:
            return 0
        end = 0
        for i, word in enumerate(words):
            if word in _PAUSES and words[i + 1 : i + 2] and words[i + 1] not in _PAUSES:
                end = i
                break
            camera = "CAM" in edges[i] and word not in _SELF
            if i in self.named or camera or word[0].isdigit() or not _SAYING.isdisjoint(edges[i]):
                return 0
        else:
            end = len(words) - 1
        strange = self._has(0, end, frozenset({"UNKNOWN"}))
        return end + 1 if strange and not self._has(end + 1, len(words), _BACK) else 0


def preface(words: Sequence[str], start: int, named: Mapping[int, int]) -> list[int]:
    """Where what people say before they ask may end: "my goal is to find"."""
    ends, i = [], start
    while i < len(words) and words[i] in ASKING_FOR and i not in named:
        i += 1
        if words[i - 1] in _FOR_WHAT and (i - start > 1 or words[start] in ("find", "get")):
            ends.append(i)
    return ends


def unit_in(words: Sequence[str]) -> str | None:
    """The unit of length that an instruction names."""
    return next((UNITS[w][0] for w in words if w in UNITS), None)
