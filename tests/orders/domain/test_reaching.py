"""Where couriers deliver, and who goes where the chosen one does not."""

import pytest

from services.orders.domain.reaching import ALL_BUT, ONLY, Courier, choose_courier, courier_key
from services.orders.domain.regions import Place, Region

YT = Courier("圆通", ALL_BUT, (Region("西藏"), Region("广东", "珠海市")))
LOCAL = Courier("同城", ONLY, (Region("浙江", "杭州"), Region("上海")))
COURIERS = {courier_key(each.name): each for each in (YT, LOCAL)}


@pytest.mark.parametrize(
    ("courier", "place", "is_reached"),
    [
        (YT, Place("西藏自治区", "拉萨市"), False),
        (YT, Place("广东省", "珠海"), False),
        (YT, Place("广东省", "广州市"), True),
        (YT, Place("广东省"), True),
        (YT, Place(None), True),
        (LOCAL, Place("上海市"), True),
        (LOCAL, Place("浙江省", "杭州市"), True),
        (LOCAL, Place("浙江省", "宁波市"), False),
        (LOCAL, Place("浙江省"), True),
        (LOCAL, Place("广东省"), False),
        (LOCAL, Place(None, "杭州市"), True),
    ],
)
def test_courier_reaches_what_it_is_set_to(
    courier: Courier, place: Place, is_reached: bool
) -> None:
    assert courier.reaches(place) is is_reached


@pytest.mark.parametrize(
    ("wanted", "fallback", "chosen", "is_fallback"),
    [
        ("圆通", "EMS", "EMS", True),
        (" 圆通 ", "EMS", "EMS", True),
        ("中通", "EMS", "中通", False),
        ("圆通", "", "圆通", False),
        ("圆通", "圆通", "圆通", False),
        (None, "EMS", None, False),
    ],
)
def test_fallback_goes_where_the_wanted_courier_stops(
    wanted: str | None, fallback: str, chosen: str | None, is_fallback: bool
) -> None:
    choice = choose_courier(wanted, fallback, COURIERS, Place("西藏"))

    assert (choice.courier, choice.is_fallback) == (chosen, is_fallback)
    assert choice.missed == (wanted if is_fallback else None)


def test_sf_is_one_courier_in_every_spelling() -> None:
    assert {courier_key(name) for name in ("顺丰", "顺丰速运", "SF", "sf express", "SF")} == {
        "顺丰"
    }
    assert courier_key("SFC") == "sfc"
