"""Contracts are imported by the tests of each back end; their assertions explain themselves like those of a test."""

import pytest

pytest.register_assert_rewrite("tests.contracts.bus_contract")
