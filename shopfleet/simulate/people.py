"""Buyers who do not exist: accounts, names, phones and addresses made up from a number."""

import random
from typing import Any

BUYERS_PER_SHOP = 4000

PROVINCES: dict[str, tuple[str, ...]] = {
    "广东省": ("广州市", "深圳市", "东莞市", "佛山市"),
    "浙江省": ("杭州市", "宁波市", "温州市"),
    "江苏省": ("南京市", "苏州市", "无锡市"),
    "上海": ("上海市",),
    "北京": ("北京市",),
    "山东省": ("济南市", "青岛市"),
    "四川省": ("成都市", "绵阳市"),
    "河南省": ("郑州市", "洛阳市"),
    "湖北省": ("武汉市", "宜昌市"),
    "福建省": ("福州市", "厦门市"),
    "湖南省": ("长沙市", "株洲市"),
    "河北省": ("石家庄市", "保定市"),
    "安徽省": ("合肥市", "芜湖市"),
    "陕西省": ("西安市",),
    "重庆": ("重庆市",),
    "辽宁省": ("沈阳市", "大连市"),
    "江西省": ("南昌市",),
    "广西壮族自治区": ("南宁市",),
    "天津": ("天津市",),
    "云南省": ("昆明市",),
    "黑龙江省": ("哈尔滨市",),
    "贵州省": ("贵阳市",),
    "山西省": ("太原市",),
    "吉林省": ("长春市",),
    "内蒙古自治区": ("呼和浩特市",),
    "新疆维吾尔自治区": ("乌鲁木齐市",),
    "甘肃省": ("兰州市",),
    "海南省": ("海口市",),
    "宁夏回族自治区": ("银川市",),
    "青海省": ("西宁市",),
    "西藏自治区": ("拉萨市",),
}
"""Provinces with some of their cities, the most buyers first."""

_SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗"
_GIVEN = (
    "雨桐",
    "子涵",
    "欣怡",
    "梓萱",
    "浩然",
    "一诺",
    "思远",
    "晓雯",
    "佳宁",
    "明轩",
    "若曦",
    "嘉豪",
)
_STREETS = ("人民路", "中山路", "建设大道", "解放街", "文化路", "滨江道", "学院路")
_WEIGHTS = [1 / (place + 3) for place in range(len(PROVINCES))]


def pick_buyer(choose: random.Random, shop: str) -> dict[str, Any]:
    """Return a buyer of a shop: a few come often, most seldom."""
    return buyer(shop, int(BUYERS_PER_SHOP * choose.random() ** 2.2))


def buyer(shop: str, number: int) -> dict[str, Any]:
    """Return the buyer of this number, always the same one, as the API takes it."""
    choose = random.Random(f"{shop}/{number}")  # noqa: S311 - make-believe, not secrecy
    province = choose.choices(list(PROVINCES), _WEIGHTS)[0]
    city = choose.choice(PROVINCES[province])
    street = choose.choice(_STREETS)
    return {
        "account": f"{shop}-buyer-{number:05d}",
        "name": choose.choice(_SURNAMES) + choose.choice(_GIVEN),
        "phone": f"199{choose.randrange(10**8):08d}",
        "address": f"{province}{city}{street}{choose.randrange(1, 999)}号",
        "province": province,
        "city": city,
    }
