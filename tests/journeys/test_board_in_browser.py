"""The board in a real browser, over reporting in a process of its own and a real database."""

import time

import pytest
from playwright.async_api import Browser, expect

from shared.kernel.clock import utc_now
from tests.support.applications import open_store
from tests.support.board import LIVE_SECONDS, PAID, PHONE, Board, open_board, pass_watermark
from tests.support.browser import Watched, a_page
from tests.support.eventually import eventually


async def test_tile_is_what_the_api_answers(board: Board, visitor: Watched) -> None:
    store = await open_store(board.database, "s1")
    await board.sell(store, 123_450)
    token = await board.token()

    await open_board(visitor, board, token)

    await expect(visitor.page.locator(PAID)).to_have_text("¥1,234.50")
    assert await board.paid(token, "s1") == "1234.50"
    assert visitor.page.url == f"{board.url}/board"


async def test_board_moves_within_two_seconds_of_an_order_without_a_reload(
    board: Board, visitor: Watched
) -> None:
    store = await open_store(board.database, "s1")
    await board.sell(store, 10_000)
    token = await board.token()
    await open_board(visitor, board, token)
    await expect(visitor.page.locator(PAID)).to_have_text("¥100.00")
    await visitor.page.evaluate("window.isSameDocument = true")
    await eventually(lambda: visitor.page.evaluate("window.socket?.connected === true"))

    for number in range(1, 6):
        before = time.monotonic()
        await board.sell(store, 2_525, buyer=f"b{number}")
        wanted = f"¥{100 + 25.25 * number:,.2f}"
        await expect(visitor.page.locator(PAID)).to_have_text(wanted, timeout=LIVE_SECONDS * 1000)
        assert time.monotonic() - before < LIVE_SECONDS

    row = visitor.page.locator('[data-store="s1"] .main .figure')
    assert await row.text_content() == "¥226.25"
    assert await board.paid(token, "s1") == "226.25"
    assert await visitor.page.evaluate("window.isSameDocument") is True


async def test_orders_and_after_sale_move_too_and_their_tab_keeps_the_store(
    board: Board, visitor: Watched
) -> None:
    store = await open_store(board.database, "s1")
    token = await board.token()
    await open_board(visitor, board, token, "/board/stores/s1")

    await visitor.page.get_by_role("link", name="Orders and after-sale").click()
    tile = visitor.page.locator('[data-metric="orders_shipped"] .value')
    await expect(tile).to_have_text("0")
    await eventually(lambda: visitor.page.evaluate("window.socket?.connected === true"))
    await board.send(store, hours=3)

    await expect(tile).to_have_text("1", timeout=LIVE_SECONDS * 1000)
    mean = visitor.page.locator('[data-metric="mean_shipping_hours"] .value')
    await expect(mean).to_have_text("3.0 h")
    assert visitor.page.url == f"{board.url}/board/after-sale/stores/s1"
    assert await board.told(token, "s1", "orders_shipped") == 1
    assert await board.told(token, "s1", "mean_shipping_hours") == "3.000000"
    await visitor.page.get_by_role("link", name="Live sales").click()
    await expect(visitor.page.locator(PAID)).to_be_visible()
    assert visitor.page.url == f"{board.url}/board/stores/s1"


async def test_stores_of_two_currencies_stand_apart(board: Board, visitor: Watched) -> None:
    home = await open_store(board.database, "s1", name="云杉旗舰店")
    abroad = await open_store(board.database, "us", name="Spruce <b>US</b>", currency="USD")
    await board.sell(home, 200_000)
    await board.sell(abroad, 5_000)

    await open_board(visitor, board, await board.token())

    for currency, paid in (("CNY", "¥2,000.00"), ("USD", "$50.00")):
        await expect(visitor.page.locator(f'[data-currency="{currency}"] {PAID}')).to_have_text(
            paid
        )
    await expect(visitor.page.locator('[data-store="us"] .open')).to_have_text("Spruce <b>US</b>")


async def test_row_leads_to_the_stores_own_page(board: Board, visitor: Watched) -> None:
    for store_id, minor in (("s1", 30_000), ("s2", 4_000)):
        await board.sell(await open_store(board.database, store_id), minor)
    await open_board(visitor, board, await board.token())

    await visitor.page.locator('[data-store="s2"] .open').click()

    await expect(visitor.page.locator("h1")).to_have_text("Store s2")
    await expect(visitor.page.locator(PAID)).to_have_text("¥40.00")
    assert visitor.page.url == f"{board.url}/board/stores/s2"
    await visitor.page.locator(".back").click()
    await expect(visitor.page.locator(PAID)).to_have_text("¥340.00")


async def test_table_is_sorted_by_the_column_that_is_clicked(
    board: Board, visitor: Watched
) -> None:
    for store_id, name, minors in (("s1", "B", [90_000]), ("s2", "A", [1_000] * 3)):
        store = await open_store(board.database, store_id, name=name)
        for minor in minors:
            await board.sell(store, minor)
    await open_board(visitor, board, await board.token())
    names = visitor.page.locator(".stores .rows .open")
    await expect(names).to_have_text(["B", "A"])

    await visitor.page.get_by_role("button", name="Orders paid").click()

    await expect(names).to_have_text(["A", "B"])
    sorted_by = visitor.page.locator('[aria-sort="descending"]')
    await expect(sorted_by).to_contain_text("Orders paid")
    await visitor.page.get_by_role("button", name="Orders paid").click()
    await expect(names).to_have_text(["B", "A"])


async def test_manager_sees_no_other_store(board: Board, visitor: Watched) -> None:
    for store_id, minor in (("mine", 10_000), ("theirs", 77_700)):
        await board.sell(await open_store(board.database, store_id), minor)
    await open_board(visitor, board, await board.token(["mine"]))
    await expect(visitor.page.locator(PAID)).to_have_text("¥100.00")

    page = await visitor.page.content()
    other = await visitor.page.goto(f"{board.url}/board/stores/theirs")

    assert "theirs" not in page
    assert other is not None
    assert other.status == 404
    await expect(visitor.page.locator(".empty:visible")).to_contain_text("not yours to see")
    assert "¥777" not in await visitor.page.content()
    visitor.complaints.clear()  # the browser reports the 404 that was asked for


async def test_language_can_be_switched_and_is_kept(board: Board, visitor: Watched) -> None:
    store = await open_store(board.database, "s1")
    await board.sell(store, 10_000)
    token = await board.token()
    await open_board(visitor, board, token)
    title = visitor.page.locator('[data-metric="paid_amount"] .title')
    await expect(title).to_have_text("Amount paid")

    await visitor.page.get_by_text("中文").click()

    await expect(title).to_have_text("支付金额")
    assert await visitor.page.locator("html").get_attribute("lang") == "zh-CN"
    await open_board(visitor, board, token)
    await expect(title).to_have_text("支付金额")


async def test_first_language_is_the_browsers(board: Board, chromium: Browser) -> None:
    await open_store(board.database, "s1")

    async with a_page(chromium, locale="zh-CN") as watched:
        await open_board(watched, board, await board.token())

        await expect(watched.page.locator("h1")).to_have_text("全部店铺")


@pytest.mark.parametrize(
    ("path", "locale"),
    [
        ("/board", "zh-CN"),
        ("/board", "en-US"),
        ("/board/stores/s1", "en-US"),
        ("/board/after-sale", "zh-CN"),
        ("/board/after-sale/stores/s1", "en-US"),
    ],
)
async def test_phone_needs_no_sideways_scrolling(
    board: Board, chromium: Browser, path: str, locale: str
) -> None:
    for store_id, minor in (("s1", 123_456_789), ("s2", 9_876_543_210)):
        name = "云杉户外运动装备官方旗舰店 Spruce Outdoors"
        store = await open_store(board.database, store_id, name=name)
        await board.sell(store, minor, sku="A-VERY-LONG-SKU-NUMBER-OF-A-TENT-2P-GREEN-2026")
    options = {"locale": locale, "viewport": PHONE, "is_mobile": True, "has_touch": True}

    async with a_page(chromium, **options) as watched:
        await open_board(watched, board, await board.token(), path)
        await expect(watched.page.locator(".hours svg")).to_be_visible()

        width = await watched.page.evaluate("document.documentElement.scrollWidth")

    assert width <= PHONE["width"]


async def test_figures_say_how_new_they_are(board: Board, visitor: Watched) -> None:
    await open_store(board.database, "s1")
    await open_board(visitor, board, await board.token())
    fresh = visitor.page.locator(".fresh")
    await expect(fresh).to_contain_text("Nothing received yet")

    await pass_watermark(board.database, utc_now())

    await expect(fresh).to_contain_text("Figures as of")
    await expect(fresh).to_contain_text("day still open")
    await expect(fresh).to_contain_text("behind")


async def test_empty_board_says_what_to_do(board: Board, visitor: Watched) -> None:
    await open_board(visitor, board, await board.token())
    said = visitor.page.locator(".empty:visible")
    await expect(said).to_contain_text("POST /v1/stores")

    store = await open_store(board.database, "s1")

    await expect(said).to_contain_text("No orders today yet")
    await board.sell(store, 100)
    await expect(visitor.page.locator(PAID)).to_have_text("¥1.00")
    await expect(said).to_have_count(0)
