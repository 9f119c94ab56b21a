"""What the demo asks about the desk: every measured level, several phrasings."""

QUESTIONS = (
    # Level 0: pixels
    "What is the xyz of the pixel (450, 268)?",
    "Which pixel is closer, (100, 420) or (450, 290)?",
    # Level 1: one object
    "How far is the yellow chair from the camera?",
    "How tall is the tall green bottle?",
    "How wide is the striped board?",
    "How big is the globe?",
    "Where is the blue mug?",
    # Level 2: relations, order, counting
    "What is the distance between the globe and the yellow die?",
    "What is the minimum distance between the magazine and the toy plane?",
    "Is the blue mug to the left of the toy plane?",
    "Which is closer to the camera, the purple chair or the yellow chair?",
    "How many bottles are there?",
    "What is the direction from the yellow die to the globe?",
    "Rank the globe, the yellow die and the crisps bag from close to far.",
    "Which object is the widest? A. globe B. striped board C. magazine D. green bottle",
    "What is closest to the magazine?",
)

# Without regions, about what the built-in detector names there.
OWN_EYES = (
    "How many chairs are there?",
    "How far is the nearest chair?",
    "How far is the book?",
    "What is the distance between the book and the nearest bottle?",
)
