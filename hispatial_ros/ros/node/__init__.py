from hispatial_ros.health.ros2 import check_before_rclpy

check_before_rclpy()
