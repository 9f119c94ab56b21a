"""Whatever arrives, the node stays, answers each request once, and says what it dropped and why.

More than 10,000 messages; ten times as many with HISPATIAL_FUZZ=10, others with HISPATIAL_SEED=1.
"""

import os

import pytest

from benchmarks.reliability.campaign import Campaign, compressed, raw
from benchmarks.reliability.malformed_watch import CODES

FACTOR = int(os.environ.get("HISPATIAL_FUZZ", "1"))
SEED = int(os.environ.get("HISPATIAL_SEED", "0"))


@pytest.mark.timeout(300 * FACTOR)
def test_raw_topics_requests_and_tools(domain):
    print(f"HISPATIAL_SEED={SEED}")
    campaign = Campaign()
    raw(domain, SEED, 3 * FACTOR, campaign)
    assert campaign.sent >= 9_000 * FACTOR
    assert set(campaign.dropped) == {
        "malformed",
        "no stamp",
        "stamp in the future",
        "late",
        "duplicate stamp",
        "no orientation",
    }
    assert set(campaign.commands) == {"NONE", *(code.name for code in CODES)}


@pytest.mark.timeout(300 * FACTOR)
def test_compressed_topics(domain):
    print(f"HISPATIAL_SEED={SEED}")
    campaign = Campaign()
    compressed(domain, SEED, 2 * FACTOR, campaign)
    assert campaign.sent >= 2_000 * FACTOR
