"""What is on the page: functions that return components or figures, and never compute."""
