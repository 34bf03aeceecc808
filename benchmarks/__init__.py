"""Our speed, memory and quality beside the peers', measured in one run."""
