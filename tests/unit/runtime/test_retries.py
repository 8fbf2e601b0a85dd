"""Retry presets."""

import pytest
from temporalio.common import RetryPolicy

from segue.runtime import retries

_PRESETS = {name: value for name, value in vars(retries).items() if isinstance(value, RetryPolicy)}


@pytest.mark.parametrize("name", _PRESETS)
def test_no_preset_retries_for_ever(name: str):
    assert 1 <= _PRESETS[name].maximum_attempts <= 20


@pytest.mark.parametrize("name", _PRESETS)
def test_no_preset_waits_longer_than_half_a_minute_between_tries(name: str):
    policy = _PRESETS[name]
    longest = policy.maximum_interval

    assert policy.maximum_attempts == 1 or (longest and longest.total_seconds() <= 30)
