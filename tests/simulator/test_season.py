import numpy as np
import pytest

from simulator.preset import PRESETS
from simulator.season import Season


def test_operational_time_maps_back_to_the_calendar():
    season = Season.over(PRESETS["modern"], 20_000, 800)
    days = np.linspace(20_000, 20_799, 1000)
    assert season.calendar(season.operational(days)) == pytest.approx(days)


def test_a_year_of_operational_time_is_a_year():
    for preset in PRESETS.values():
        assert Season.over(preset, 20_000, 364).elapsed[-1] == pytest.approx(364, rel=0.01)


def test_cdnow_has_no_seasons():
    season = Season.over(PRESETS["cdnow"], 20_000, 800)
    assert np.array_equal(season.elapsed, season.midnight - 20_000)


def test_december_is_faster_than_june():
    day = {name: np.datetime64(name).astype(int) for name in ("2026-06-01", "2026-12-01")}
    june, december = (np.diff(Season.over(PRESETS["modern"], at, 28).elapsed).sum() for at in day.values())
    assert december / june == pytest.approx(1.3 / 0.7, rel=0.05)
