"""Instructions on how to answer: "answer with yes or no", "only the number"."""

from collections.abc import Sequence

from hispatial_ros.language.phrases import word_set

# First words of an instruction; those of the first set are never asked about the scene.
ANSWERING = {"answer", "respond", "reply"}
MANNER = {"with", "directly", "using", "by", "based", "briefly", "as", "either", "only"}
_INSTRUCTING = ANSWERING | word_set("""
    give your think keep hint choose select pick return output write state provide just only use
    type submit express print report explain format offer end no do my show round limit make
""")  # fmt: skip
_BEFORE = word_set("please and just only kindly then simply now you should must")
INSTRUCTION = _INSTRUCTING | {
    "with", "by", "using", "in", "directly", "me", "a", "an", "the", "please", "letter",
    "letters", "number", "option", "options", "choice", "choices", "yes", "or", "word",
    "single", "correct", "best", "right", "given", "from", "following", "of", "s", "'s",
    "answers", "without", "explanation", "explaining", "anything", "nothing", "else", "and",
    "unit", "units", "value", "one", "closest", "below", "above", "to", "is", "as",
    "true", "false", "what", "which", "matches", "fits", "/", ",", ":", "'", '"', "y", "n",
    "short", "phrase", "final", "meters", "question", "should", "must", "be", "step",
    "sentence", "words", "briefly", "brief", "concise", "it", "will", "result",
    "metres", "numeric", "numerical", "most", "appropriate", "that", "name", "names",
    "numerically", "integer", "digits", "decimal", "decimals", "two",
} - {"do", "show"}  # fmt: skip
# What an instruction is about.
_INSTRUCTED = word_set("""
    letter number option options choice choices yes no word answer value one explanation sentence
    step words briefly concise question closest phrase true unit units names numerically integer
    decimal decimals name
""")  # fmt: skip
_ANSWER = _INSTRUCTED - {"one", "closest", "name", "true", "question", "no"} | word_set("""
    answers reply response responses output result numeric numerical numbers digit digits float
    format formatted scalar json tuple tuples meter meters metre metres centimeter centimeters
    centimetre centimetres cm feet inches millimeters reasoning string symbols text places figures
    full short brief count coordinates
""")  # fmt: skip
_GIVEN = {"answer", "response", "output", "coordinates"}
_CLOSING = {".", "?", "!", ";"}
_TUPLES = {"tuple", "tuples"}
# Words of an instruction that ask for a format, and the format.
_FORMATS = (
    ({"yes", "no"}, "yes or no"),
    ({"letter"}, "letter"),
    ({"letters"}, "letter"),
    ({"number"}, "number"),
    ({"numeric"}, "number"),
    ({"numerical"}, "number"),
    ({"integer"}, "number"),
    ({"numerically"}, "number"),
)


def instruction(words: Sequence[str], start: int) -> int:
    """Where an instruction ends that begins at a word, within or behind a sentence; else 0."""
    if words[start] not in _INSTRUCTING:
        return 0
    end = start
    while end < len(words) and words[end] in INSTRUCTION:
        end += 1
    closed = end == len(words) or words[end] in _CLOSING
    return end if closed and not _INSTRUCTED.isdisjoint(words[start:end]) else 0


def instructing(words: Sequence[str], start: int, end: int) -> int | None:
    """Where the verb is by which a sentence tells how to answer; None if it does not."""
    verb = start
    while verb < end and words[verb] in _BEFORE and words[verb + 1 : verb + 2] != ["the"]:
        verb += 1
    if verb == end:
        return None
    said = words[verb:end]
    the_unit = said[:2] == ["the", "unit"] or said[0] in ("unit", "units")
    the_answer = said[0] in ("the", "your") and not _GIVEN.isdisjoint(said[1:3])
    if not (said[0] in _INSTRUCTING or the_unit or the_answer or said[0] in ("meters", "metres")):
        return None
    if "of" in said and said[said.index("of") - 1] == "number":  # "give the number of bottles"
        return None
    return verb if said[0] in ANSWERING or not _ANSWER.isdisjoint(said) else None


def answer_format(words: Sequence[str]) -> str:
    """ "yes or no", "letter" or "number" if an instruction asks for just that, else empty."""
    for start in range(len(words)):
        end = instruction(words, start)
        opens = start == 0 or words[start - 1] in _CLOSING | {":", ","}
        if not end and opens:
            stop = next((i for i in range(start, len(words)) if words[i] in _CLOSING), len(words))
            end = stop if instructing(words, start, stop) is not None else 0
        for asked, name in _FORMATS:
            if asked <= set(words[start:end]):
                return name
    return ""
