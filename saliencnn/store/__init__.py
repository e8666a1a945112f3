"""The tracking store: the only place that knows MLflow. A writer stands beside its reader."""
