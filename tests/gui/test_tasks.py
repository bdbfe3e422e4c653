"""Tasks belong to somebody, and their failures reach somebody."""

from __future__ import annotations

import asyncio

import pytest

from isowright.errors import AppError
from isowright_gui.tasks import TaskScope


async def test_an_app_error_reaches_the_handler_of_the_scope():
    errors: list[AppError] = []
    scope = TaskScope("page", errors.append)

    async def fail() -> None:
        raise AppError("It broke.", remedy="Mend it.")

    task = scope.spawn(fail(), name="fail")
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert [error.title for error in errors] == ["It broke."]
    await scope.close()


async def test_any_other_failure_reaches_the_loop():
    seen: list[BaseException] = []
    loop = asyncio.get_running_loop()
    former = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: seen.append(context["exception"]))
    scope = TaskScope("page", lambda _: pytest.fail("not an AppError"))

    async def fail() -> None:
        raise ValueError("a bug")

    try:
        await asyncio.wait([scope.spawn(fail(), name="fail")])
        await asyncio.sleep(0)
    finally:
        loop.set_exception_handler(former)
    assert [str(error) for error in seen] == ["a bug"]
    await scope.close()


async def test_replace_lets_the_newest_answer_win():
    answers: list[str] = []
    scope = TaskScope("page")
    slow = asyncio.Event()

    async def ask(answer: str) -> None:
        if answer == "old":
            await slow.wait()
        answers.append(answer)

    old = scope.spawn(ask("old"), name="ask")
    await asyncio.sleep(0)
    new = scope.spawn(ask("new"), name="ask", replace=True)
    slow.set()
    await asyncio.wait([old, new])
    assert answers == ["new"]
    assert old.cancelled()
    await scope.close()


async def test_close_ends_what_runs_and_refuses_what_comes_later():
    scope = TaskScope("page")
    cleaned = asyncio.Event()

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.set()

    scope.spawn(forever(), name="forever")
    await asyncio.sleep(0)
    await scope.close()
    assert cleaned.is_set()
    assert scope.spawn(forever(), name="late") is None
    assert not scope.running("forever")
