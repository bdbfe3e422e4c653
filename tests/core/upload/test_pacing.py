"""How many parts at once, how fast, how long still: on a clock that is set by hand."""

import pytest

from isowright.events import Transfer
from isowright.upload import words
from isowright.upload.pacing import Lanes, Meter, Throttle

MB = 1_000_000


class Hand:
    def __init__(self):
        self.time = 100.0

    def __call__(self):
        return self.time


def ten_seconds(lanes, hand, rate):
    hand.time += 10
    lanes.moved(int(rate * 10 * MB))


def test_a_lane_more_as_long_as_it_pays():
    hand = Hand()
    lanes = Lanes(clock=hand)
    assert lanes.count == 2
    for rate, expected in ((10, 3), (15, 4), (20, 5), (20.5, 5), (20.5, 5), (40, 5)):
        ten_seconds(lanes, hand, rate)
        assert lanes.count == expected, rate


def test_never_more_than_eight_nor_less_than_one():
    hand = Hand()
    lanes = Lanes(clock=hand)
    for step in range(20):
        ten_seconds(lanes, hand, 10 * 1.2**step)
    assert lanes.count == 8
    for expected in (4, 2, 1, 1):
        lanes.slow_down()
        assert lanes.count == expected


def test_after_slowing_down_it_tries_again():
    hand = Hand()
    lanes = Lanes(first=8, clock=hand)
    lanes.slow_down()
    ten_seconds(lanes, hand, 5)
    assert lanes.count == 5


def test_nothing_is_judged_before_the_time_is_up():
    hand = Hand()
    lanes = Lanes(clock=hand)
    for _ in range(9):
        hand.time += 1
        lanes.moved(1000 * MB)
    assert lanes.count == 2


def test_the_limit_is_kept():
    hand = Hand()
    throttle = Throttle(2.0, clock=hand)
    sent = 0
    while hand.time < 110:
        piece = throttle.piece(1024**2)
        hand.time += throttle.take(piece)
        sent += piece
    assert sent / 10 == pytest.approx(2 * MB, rel=0.1)


def test_many_threads_share_one_limit():
    hand = Hand()
    throttle = Throttle(1.0, clock=hand)
    waits = [throttle.take(100_000) for _ in range(8)]
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(0.8, abs=0.3)


def test_no_limit_no_wait():
    throttle = Throttle()
    assert throttle.take(10**12) == 0
    assert throttle.piece(1024**2) == 1024**2
    throttle.change(1.0)
    assert throttle.piece(1024**2) == 100_000
    assert throttle.take(10**7) > 5
    throttle.change(0.0)
    assert throttle.take(10**12) == 0


def test_the_meter_tells_the_last_seconds():
    hand = Hand()
    meter = Meter(clock=hand)
    assert meter.rate(0) == 0
    for second in range(1, 11):
        hand.time += 1
        rate = meter.rate(second * 5 * MB)
    assert rate == pytest.approx(5 * MB)
    for second in range(1, 12):
        hand.time += 1
        rate = meter.rate(50 * MB + second * MB)
    assert rate == pytest.approx(MB, rel=0.6)


def test_bytes_of_a_failed_try_are_not_counted_backwards():
    hand = Hand()
    meter = Meter(clock=hand)
    meter.rate(0)
    hand.time += 1
    assert meter.rate(10 * MB) > 0
    hand.time += 1
    assert meter.rate(2 * MB) == 0


@pytest.mark.parametrize(
    ("transfer", "expected"),
    [
        (Transfer(done=1288490188, total=4617089843, rate=85e6, left=42.2), "1.2 of 4.3 GiB · 85 MB/s · 0:42 left"),
        (Transfer(done=1024**2, total=300 * 1024**2), "1 of 300 MiB"),
        (Transfer(done=0, total=1000), "0 of 1 KiB"),
        (Transfer(done=1024**3, total=2 * 1024**3, paused=True), "Paused · 1.0 of 2.0 GiB safe in the bucket"),
        (
            Transfer(done=0, total=20 * 1024**2, paused=True, again=3 * 1024**2),
            "Paused · 0 of 20 MiB safe in the bucket, 3 MiB under way are sent again",
        ),
        (Transfer(done=1, total=10 * 1024**3, rate=400e3, left=3725), "0.0 of 10.0 GiB · 0.4 MB/s · 1:02:05 left"),
    ],
)
def test_words(transfer, expected):
    assert words.progress(transfer) == expected
