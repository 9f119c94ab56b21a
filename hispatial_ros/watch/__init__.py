"""Standing questions: what is watched, when it is looked at, and when something has happened.

Nothing in here knows of ROS; ``service.watch_runner`` feeds it with frames.
"""
