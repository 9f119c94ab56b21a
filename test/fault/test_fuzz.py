"""Whatever arrives, the node stays, answers each request once, and says what it dropped and why.

More than 12,000 messages, 5,000 of them over the middleware; ten times as many with
HISPATIAL_FUZZ=10, others with HISPATIAL_SEED=1.
"""

import os

import pytest

from benchmarks.reliability.campaign import Campaign, compressed, raw, straight
from benchmarks.reliability.malformed_watch import CODES

FACTOR = int(os.environ.get("HISPATIAL_FUZZ", "1"))
SEED = int(os.environ.get("HISPATIAL_SEED", "0"))
REASONS = {
    "malformed",
    "no stamp",
    "stamp in the future",
    "late",
    "duplicate stamp",
    "no orientation",
}


@pytest.fixture
def campaign():
    print(f"HISPATIAL_SEED={SEED}")
    return Campaign()


@pytest.mark.timeout(300 * FACTOR)
@pytest.mark.parametrize("way", [straight, raw], ids=["in this process", "over the middleware"])
def test_raw_topics_requests_and_tools(domain, campaign, way):
    rounds = FACTOR
    way(domain, SEED, rounds, campaign)
    assert campaign.sent >= 3_600 * rounds
    assert set(campaign.dropped) == REASONS
    assert set(campaign.commands) == {"NONE", *(code.name for code in CODES)}


@pytest.mark.timeout(300 * FACTOR)
def test_compressed_topics(domain, campaign):
    compressed(domain, SEED, FACTOR, campaign)
    assert campaign.sent >= 1_500 * FACTOR
