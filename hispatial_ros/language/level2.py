"""Level 2: relations between objects. Of the rules, the first that fits is taken."""

from hispatial_ros.language import level2_condition, level2_distance, level2_order

RULES = (
    *level2_condition.LISTING,
    *level2_distance.RULES,
    *level2_order.RULES,
    *level2_condition.RULES,
)
