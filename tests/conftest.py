"""What holds for all tests."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None)  # a busy machine is no failure
settings.load_profile("house")


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="the full sizes of what is tried at random (make test-full)")


@pytest.fixture(scope="session")
def size(request):
    """How often to try: ``size(small, large)`` is the first, or the second with --full."""
    return lambda small, large: large if request.config.getoption("--full") else small


def pytest_collection_modifyitems(items):
    for item in items:
        if "browser" in Path(item.path).relative_to(Path(__file__).parent).parts:
            item.add_marker(pytest.mark.browser)
