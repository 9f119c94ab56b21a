"""Standing questions: what is watched, when it is looked at, and when something has happened.

Nothing in here knows of ROS; ``ros.watches`` feeds it with frames and publishes what comes out.
"""
