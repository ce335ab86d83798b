"""Fixtures of all tests."""

import pytest

from hallpass.app import App


@pytest.fixture
def app() -> App:
    """An app of the test's own."""
    return App.new()
