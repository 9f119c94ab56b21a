"""From ROS messages to frames: storing, pairing, converting. Imports no rclpy, works on any message
object with the fields of its type."""
