import pytest

from mediamtx import kinds


def pytest_generate_tests(metafunc):
    if "kind" in metafunc.fixturenames:
        metafunc.parametrize("kind", kinds(), scope="module")


def pytest_terminal_summary(terminalreporter):
    if "real" not in kinds():
        terminalreporter.write_line("NOTE: no mediamtx on PATH: tests ran against the stand-in only, the real MediaMTX was SKIPPED")
