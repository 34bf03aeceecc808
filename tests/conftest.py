"""What holds for all tests."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None)  # a busy machine is no failure
settings.load_profile("house")


def pytest_addoption(parser):
    parser.addoption("--count", type=int, default=None, help="how many invented inputs a test that counts them tries")


@pytest.fixture
def count(request):
    """How many inputs to try: the test's own number, unless --count says otherwise."""
    return lambda usual: request.config.getoption("--count") or usual


def pytest_collection_modifyitems(items):
    for item in items:
        if "browser" in Path(item.path).relative_to(Path(__file__).parent).parts:
            item.add_marker(pytest.mark.browser)
