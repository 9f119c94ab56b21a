"""From messages to frames: storing, pairing, converting. Plain structs and arrays, no ROS."""
