"""What ``generate_data.py`` can write: sets to download, and sets that need no network."""
