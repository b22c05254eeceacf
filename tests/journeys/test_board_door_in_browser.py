"""Coming to the board in a real browser, losing it, and leaving."""

from playwright.async_api import Browser, expect

from tests.support.applications import open_store
from tests.support.board import PAID, Board, disable, open_board
from tests.support.browser import Watched, a_page
from tests.support.postgres import scratch_folder
from tests.support.processes import running_service


async def test_visitor_signs_in_with_a_pasted_token_and_out_again(
    board: Board, visitor: Watched
) -> None:
    await open_store(board.database, "s1")
    token = await board.token()  # before it reporting knows nobody, and says so
    await visitor.page.goto(f"{board.url}/board/stores/s1")

    await visitor.page.locator("#token").fill("sf_no_such-key")
    await visitor.page.get_by_role("button").click()
    await expect(visitor.page.get_by_role("alert")).to_contain_text("not valid")
    await visitor.page.locator("#token").fill(token)
    await visitor.page.get_by_role("button").click()
    await expect(visitor.page.locator("h1")).to_have_text("Store s1")
    await visitor.page.get_by_text("Sign out").click()

    await expect(visitor.page.locator(".notice")).to_contain_text("signed out")
    answer = await visitor.page.goto(f"{board.url}/board")
    assert answer is not None
    assert answer.status == 401
    visitor.complaints.clear()  # the browser reports each 401 that was asked for


async def test_open_board_is_lost_with_the_right_to_see_it(board: Board, visitor: Watched) -> None:
    await open_store(board.database, "s1")
    token = await board.token(["s1"])
    await open_board(visitor, board, token)
    await expect(visitor.page.locator("h1")).to_have_text("All stores")

    await disable(board.database, token)

    said = visitor.page.locator(".notice:visible")
    await expect(said).to_contain_text("sign in again", timeout=30_000)
    visitor.complaints.clear()  # the browser reports the 401 of the page that says so


async def test_lost_connection_is_shown_and_mended(board: Board, chromium: Browser) -> None:
    store = await open_store(board.database, "s1")
    await board.sell(store, 10_000)
    url = board.database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with scratch_folder() as folder:
        async with a_page(chromium, locale="en-US") as watched:
            with running_service("reporting", url, folder) as (address, process):
                token = await board.token()
                await open_board(watched, Board(address, board.database), token)
                await expect(watched.page.locator(PAID)).to_have_text("¥100.00")
                process.kill()
                lost = watched.page.locator("#popup")
                await expect(lost).to_have_attribute("aria-hidden", "false", timeout=30_000)
                said = "getComputedStyle(document.querySelector('#popup'), '::before').content"
                assert "Connection lost" in await watched.page.evaluate(said)
            await board.sell(store, 5_000)
            port = int(address.rpartition(":")[2])
            with running_service("reporting", url, folder, port=port):
                await expect(watched.page.locator(PAID)).to_have_text("¥150.00", timeout=60_000)
