"""COCO's classes in the order of the network's outputs, and how large each can be."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Class:
    """A class of objects and what is known of its members without looking at them."""

    name: str
    # [m] longer side of its outline as seen: the least, where some of it may be hidden or seen end
    # on, and the most. Wide on purpose: they tell a toy from a car, not one car from another.
    smallest: float
    largest: float
    flat: bool = False  # may lie on a surface or hang on a wall without standing out of it
    # Large and smooth: doors, panels and corners of a bare room look like it.
    room_like: bool = False


CLASSES = (
    Class("person", 0.45, 2.3),
    Class("bicycle", 0.5, 2.3),
    Class("car", 0.8, 6.5),
    Class("motorcycle", 0.6, 2.8),
    Class("airplane", 3.0, 80.0, room_like=True),
    Class("bus", 2.5, 20.0, room_like=True),
    Class("train", 3.0, 300.0, room_like=True),
    Class("truck", 2.0, 25.0, room_like=True),
    Class("boat", 1.0, 60.0, room_like=True),
    Class("traffic light", 0.2, 2.0),
    Class("fire hydrant", 0.3, 1.3),
    Class("stop sign", 0.3, 1.5, flat=True),
    Class("parking meter", 0.3, 2.0),
    Class("bench", 0.4, 5.0, room_like=True),
    Class("bird", 0.05, 1.8),
    Class("cat", 0.12, 1.1),
    Class("dog", 0.15, 2.0),
    Class("horse", 0.8, 3.2),
    Class("sheep", 0.4, 2.0),
    Class("cow", 0.7, 3.2),
    Class("elephant", 1.0, 8.0),
    Class("bear", 0.5, 3.2),
    Class("zebra", 0.8, 3.2),
    Class("giraffe", 1.0, 6.5),
    Class("backpack", 0.2, 0.95),
    Class("umbrella", 0.15, 2.2),
    Class("handbag", 0.1, 0.8),
    Class("tie", 0.1, 1.7, flat=True),
    Class("suitcase", 0.25, 1.2),
    Class("frisbee", 0.1, 0.45, flat=True),
    Class("skis", 0.5, 2.4, flat=True),
    Class("snowboard", 0.5, 2.2, flat=True),
    Class("sports ball", 0.03, 0.5),
    Class("kite", 0.3, 10.0, flat=True),
    Class("baseball bat", 0.3, 1.3),
    Class("baseball glove", 0.1, 0.5),
    Class("skateboard", 0.3, 1.5),
    Class("surfboard", 0.8, 3.8, flat=True),
    Class("tennis racket", 0.3, 0.9, flat=True),
    Class("bottle", 0.08, 0.55),
    Class("wine glass", 0.06, 0.4),
    Class("cup", 0.04, 0.3),
    Class("fork", 0.08, 0.4, flat=True),
    Class("knife", 0.08, 0.6, flat=True),
    Class("spoon", 0.06, 0.5, flat=True),
    Class("bowl", 0.06, 0.6),
    Class("banana", 0.08, 0.4),
    Class("apple", 0.03, 0.2),
    Class("sandwich", 0.05, 0.5),
    Class("orange", 0.03, 0.2),
    Class("broccoli", 0.03, 0.4),
    Class("carrot", 0.04, 0.4),
    Class("hot dog", 0.08, 0.5),
    Class("pizza", 0.08, 0.8, flat=True),
    Class("donut", 0.03, 0.25),
    Class("cake", 0.04, 1.0),
    Class("chair", 0.35, 1.7),
    Class("couch", 0.7, 4.5, room_like=True),
    Class("potted plant", 0.08, 3.5),
    Class("bed", 0.9, 3.2, room_like=True),
    Class("dining table", 0.35, 6.0, room_like=True),
    Class("toilet", 0.3, 1.2, room_like=True),
    Class("tv", 0.2, 3.0, flat=True, room_like=True),
    Class("laptop", 0.18, 0.65),
    Class("mouse", 0.04, 0.2, flat=True),
    Class("remote", 0.06, 0.35, flat=True),
    Class("keyboard", 0.15, 0.7, flat=True),
    Class("cell phone", 0.06, 0.3, flat=True),
    Class("microwave", 0.25, 0.9, room_like=True),
    Class("oven", 0.35, 1.6, room_like=True),
    Class("toaster", 0.15, 0.6),
    Class("sink", 0.2, 2.0, flat=True, room_like=True),
    Class("refrigerator", 0.45, 2.6, room_like=True),
    Class("book", 0.06, 0.6, flat=True),
    Class("clock", 0.04, 3.0, flat=True),
    Class("vase", 0.06, 1.5),
    Class("scissors", 0.06, 0.5, flat=True),
    Class("teddy bear", 0.06, 1.8),
    Class("hair drier", 0.1, 0.45),
    Class("toothbrush", 0.08, 0.3, flat=True),
)
BY_NAME = {each.name: each for each in CLASSES}
