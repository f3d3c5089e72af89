"""The forecast walks from breakpoint to breakpoint, and misses nothing that a walk from day to day would find."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from lineage.clock import SystemClock
from lineage.domain.days import plus, start_of
from lineage.gate.answer import answer
from lineage.services.forecasting import asked, turns
from lineage.services.setting_up import initialise
from lineage.services.views import Times, open_view
from lineage.store.database import Database
