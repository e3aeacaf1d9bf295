from all_skipped import pytest_sessionfinish, pytest_terminal_summary  # noqa: F401
