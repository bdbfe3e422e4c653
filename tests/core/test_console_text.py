"""The end of a console's log, whatever a guest wrote there."""

import time

import pytest

from isowright.console_text import LINES, LONGEST_LINE, last_lines


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("", ()),
        ("\n\r\n \n", ()),
        ("one\r\ntwo\n\n\n", ("one", "two")),
        ("one\n\ntwo", ("one", "", "two")),
        ("\x1b[1;31mred\x1b[0m plain", ("red plain",)),
        ("\x1b]0;a title\x07text \x1b]8;;http://x\x1b\\link", ("text link",)),
        ("\x1b]never ended\nthe next line", ("", "the next line")),
        ("\x1bPq#0;2\x1b\\sixel \x1b(Bset \x1b7\x1b8", ("sixel set",)),
        ("\x9b31mc1 \x85next", ("c1", "next")),
        ("Copying:  10 %\rCopying:  20 %\r\nDone", ("Copying:  20 %", "Done")),
        ("Copying:  10 %\rCopying:  20 %\r", ("Copying:  20 %",)),
        ("bell\x07 null\x00 back\x08space", ("bell null backspace",)),
        ("a\u202egnp.exe \u200bzero\ufeff", ("agnp.exe zero",)),
        ("half a pair \ud800", ("half a pair",)),
        ("a\tb", ("a   b",)),
        ("<b onclick='x'>bold</b> &amp;", ("<b onclick='x'>bold</b> &amp;",)),
        ("Привет 你好", ("Привет 你好",)),
        ("\x1b", ()),
        ("\x1b[", ()),
    ],
)
def test_what_is_shown(written, shown):
    assert last_lines(written) == shown


def test_bounds():
    lines = last_lines("".join(f"line {number}\n" for number in range(1000)))
    assert lines == tuple(f"line {number}" for number in range(1000 - LINES, 1000))
    (line,) = last_lines("x" * 1000)
    assert len(line) == LONGEST_LINE
    assert line.endswith("x…")


@pytest.mark.parametrize("piece", ["\x1b[", "\x1b]", "\r", "\n", "\x1b", "x", "\x1b[31", "\u202e", "\t", "\x1bP\x07"])
def test_a_megabyte_of_anything_takes_no_time(piece):
    began = time.process_time()
    lines = last_lines(piece * (2**20 // len(piece)) + "\nend")
    assert time.process_time() - began < 0.5
    assert lines[-1] == "end"
    assert sum(map(len, lines)) <= LINES * LONGEST_LINE
