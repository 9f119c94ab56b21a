"""How people put things: wordings for every symbol of the grammar, in the notation of ``phrases``.

One table per file, ``PHRASES``: (symbol, value) -> wordings. Files follow the levels of the
taxonomy; ``general`` holds what belongs to no level, ``fillers`` what says nothing. Where a wording
stands in two tables the first counts, in the order of ``TABLES``. Articles inside a wording are
left out: "on left" also stands for "on the left".
"""

from hispatial_ros.language.wording import (
    comparisons,
    fillers,
    general,
    level0,
    level1,
    level2,
    relations,
)

TABLES = (
    level0.PHRASES,
    level1.PHRASES,
    comparisons.PHRASES,
    relations.PHRASES,
    level2.PHRASES,
    general.PHRASES,
    fillers.PHRASES,
)
