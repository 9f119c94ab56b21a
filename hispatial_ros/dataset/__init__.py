"""The data engine: images or recordings in, hierarchical spatial question-answer shards out.

One image's way: `sources` -> `select` -> `geometry` -> `objects` -> `world` (what was measured) ->
`referring` (how objects are named) -> `tasks` (facts) -> `questions` -> `shards`.
"""
