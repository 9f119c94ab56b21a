"""The grammar uses every concept of the lexicon, and the lexicon has every concept it uses."""

from hispatial_ros.language.grammar import GRAMMAR
from hispatial_ros.language.lexicon import TABLES

READ = {"NAME", "UNKNOWN", "NUMBER", "LENGTH", "RANGE", "TIMES", "UNIT", "UNITASK", "COORDINATES"}
READ |= {"SEP", "PREFACE", "QMARK"}
WORDED = {symbol for table in TABLES for symbol, _ in table} | {"ADJ", "CMP", "SUP", "ORDINAL"}


def symbols(node):
    for symbol, child in node.children.items():
        yield symbol
        yield from symbols(child)


USED = {s for tree in GRAMMAR.trees.values() for s in symbols(tree)}
TERMINALS = {s for s in USED if s.isupper()}


def test_rules_use_known_concepts():
    assert TERMINALS <= WORDED | READ


def test_every_concept_is_used():
    refusing = {"UNMEASURED", "OTHER"}  # whatever has them
    assert refusing >= WORDED - TERMINALS


def test_every_left_side_is_defined_and_used():
    titled = {s for s in USED if s[0].isupper() and not s.isupper()}
    assert titled <= GRAMMAR.trees.keys()
    roots = {"Text", "Fragment", "Aside", "OfferedSide", "OfferedPlace", "OfferedPixel"}
    assert GRAMMAR.trees.keys() - titled <= roots
