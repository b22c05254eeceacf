"""How fast 500 waybills are drawn, beside reportlab drawing the same lines and bars unaided."""

import io
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from bench.table import Line, print_table
from services.orders.documents.drawing import FONT
from services.orders.documents.labels import HEIGHT, WIDTH, draw_labels
from services.orders.domain.documents import Goods, Label, Receiver
from tests.support.pdf import pages_of, texts_of

PAGES = 500


def a_label(number: int) -> Label:
    goods = tuple(Goods(f"TEA-{place}", "明前龙井 250g 礼盒装", 2) for place in range(3))
    address = "浙江省杭州市西湖区文三路 100 号 3 幢 201 室"
    return Label(
        store="茶香旗舰店",
        numbers=(f"20261120{number:011}",),
        courier="顺丰速运",
        waybill=f"SF{number:013}",
        receiver=Receiver("王小明", "13812345678", address, is_masked=False),
        goods=goods,
        is_urgent=number % 9 == 0,
        printed_at=datetime.now(UTC),
    )


def draw_plainly(pages: Sequence[Sequence[str]], numbers: Sequence[tuple[str, ...]]) -> bytes:
    """The same texts and barcodes on as many pages, each at a fixed place."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(WIDTH * mm, HEIGHT * mm), pageCompression=1)
    for texts, codes in zip(pages, numbers, strict=True):
        for place, code in enumerate(codes):
            Code128(code, barHeight=15 * mm, barWidth=1).drawOn(canvas, 5 * mm, (60 + place) * mm)
        for place, line in enumerate(texts):
            canvas.setFont(FONT, 11)
            canvas.drawString(5 * mm, (140 - 5 * place) * mm, line)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def seconds_of(work: Callable[[], bytes], times: int = 3) -> float:
    """The shortest of a few runs."""
    best = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best


def main() -> None:
    labels = [a_label(number) for number in range(PAGES)]
    pages = [texts_of(page) for page in pages_of(draw_labels(labels))]
    codes = [(label.waybill, label.numbers[0]) for label in labels]
    ours = seconds_of(lambda: draw_labels(labels))
    plain = seconds_of(lambda: draw_plainly(pages, codes))
    told = (f"{ours:.2f} s", f"{plain:.2f} s")
    print_table([Line(f"{PAGES} waybills", *told, ours / plain, 1.3, 2.0, is_ceiling=True)])


if __name__ == "__main__":
    main()
