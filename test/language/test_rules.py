"""The rules name only symbols that some wording or phrase yields."""

import re

from hispatial_ros.language import chunks, level0, level1, level2
from hispatial_ros.language.clause import FREE, QUANTITIES
from hispatial_ros.language.noun_phrases import QUANTIFIERS
from hispatial_ros.language.wording import TABLES

WORDED = {symbol for table in TABLES for symbol, _ in table}
BUILT = {
    "CONDITION",
    "INCOMPARABLE",
    "OVER",
    "ORDER_EITHER",
    "TOP",
    "MULTIPLE",
    "CLOSER_TO",
    "LIMITED",
    "SIDES",
    "VIEW",
    "YESNO",
    "BETWEEN",
    "NP",
    "LIST_OF",
    "ANCHORED",
}
CHUNKS = (
    *QUANTIFIERS,
    *chunks.THE_ONE,
    *chunks.EARLY,
    *chunks.LATE,
    *chunks.RESTRICTED,
)
READ = {"RANGE", "NUMBER", "UNIT", "NAME", "UNKNOWN", "ORDINAL", "PIXEL_REF", "separator"}


def test_rules_use_known_symbols():
    for rule in (*level0.RULES, *level1.RULES, *level2.RULES):
        symbols = {s for names in rule.required for s in names} | (rule.allowed - FREE - QUANTITIES)
        assert symbols - {"QUANTITY"} <= WORDED | BUILT, rule.pattern


def test_chunks_use_known_symbols():
    for chunk in CHUNKS:
        symbols = set(re.split(r"[ |]", chunk.pattern.replace("?", "")))
        assert symbols <= WORDED | BUILT | READ, chunk.pattern


def test_every_wording_is_used():
    used = {s for r in (*level0.RULES, *level1.RULES, *level2.RULES) for s in r.allowed}
    used |= {s for c in CHUNKS for s in re.split(r"[ |]", c.pattern.replace("?", ""))}
    structural = {"SKIP", "the", "its", "ANY", "ONE", "PIXEL", "MOVE", "FRAME", "in", "at", "with"}
    structural |= {"between", "but", "NOT", "TOPIC", "RANK_DESCENDING", "UNMEASURED"}
    assert WORDED - used - structural == set()
