"""The built-in object detector: COCO's 80 classes from one colour image."""
