"""Whether the answer to a question depends on which way is up."""

from hispatial_ros.language import forms, relation_forms
from hispatial_ros.language.question import ParsedQuestion, parts
from hispatial_ros.language.terms import Attribute, Converse, Limit, RelationTo

# An object's sides are level and upright.
UPRIGHT = {Attribute.WIDTH, Attribute.HEIGHT, Attribute.DEPTH, Attribute.UP}
LEVEL_PREDICATES = {"left_of", "right_of", "in_front_of", "behind", "nearer", "farther", "touching"}
UPRIGHT_FORMS = (
    forms.Size,
    forms.Box,
    forms.Elevation,
    forms.Approach,
    forms.Summary,
    relation_forms.Direction,
    relation_forms.RelativeDirection,
    relation_forms.Describe,
    relation_forms.Fits,
)


def depends_on_up(question: ParsedQuestion) -> bool:
    """By its form, its attributes and its predicates."""
    if question.viewpoint is not None:
        return True
    for part in parts(question.form):
        if isinstance(part, Attribute):
            if part in UPRIGHT:
                return True
        elif isinstance(part, RelationTo | Converse):
            if part.predicate not in LEVEL_PREDICATES:
                return True
        elif isinstance(part, relation_forms.Distance | Limit):
            if part.axis in ("horizontal", "vertical"):
                return True
        elif isinstance(part, UPRIGHT_FORMS):
            return True
    return False
