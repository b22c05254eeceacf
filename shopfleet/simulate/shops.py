"""The three demo stores: what they sell, how busy they are, how they treat their buyers."""

from dataclasses import dataclass
from typing import Any

TIMEZONE = "Asia/Shanghai"
CURRENCY = "CNY"


def yuan(fen: int) -> str:
    """Return an amount as the API takes it."""
    return f"{fen // 100}.{fen % 100:02d}"


@dataclass(frozen=True, slots=True)
class Sku:
    """An article: its code, its name, its price in fen."""

    code: str
    name: str
    price_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A demo store; the shares are of 1, amounts in fen."""

    store_id: str
    name: str
    platform: str
    number_prefix: str
    share_of_orders: float
    skus: tuple[Sku, ...]
    pays: float
    returns_early: float
    sends_gifts: float
    free_postage_fen: int
    postage_fen: int
    reduction: tuple[int, int]
    couriers: tuple[str, ...]
    methods: tuple[str, ...]
    agents: tuple[str, ...]

    def store(self) -> dict[str, Any]:
        """Return the store as `POST /v1/stores` takes it."""
        return {
            "store_id": self.store_id,
            "name": self.name,
            "platform": self.platform,
            "timezone": TIMEZONE,
            "currency": CURRENCY,
            "day_start": "00:00",
            "groups": ["demo"],
        }


def _range_of(
    prefix: str, kinds: tuple[tuple[str, int], ...], variants: tuple[str, ...]
) -> tuple[Sku, ...]:
    """Return every kind in every variant; later variants cost a little more."""
    return tuple(
        Sku(f"{prefix}-{kind_no:02d}{variant_no}", f"{kind} {variant}", price + 500 * variant_no)
        for kind_no, (kind, price) in enumerate(kinds, start=1)
        for variant_no, variant in enumerate(variants)
    )


WOMENS_WEAR = Shop(
    store_id="demo-taobao",
    name="晚秋女装",
    platform="taobao",
    number_prefix="31",
    share_of_orders=0.45,
    skus=_range_of(
        "WQ",
        (
            ("法式收腰连衣裙", 16900),
            ("针织开衫", 12900),
            ("高腰阔腿裤", 13900),
            ("羊毛混纺大衣", 59900),
            ("纯棉圆领T恤", 5900),
            ("灯芯绒半身裙", 11900),
            ("羽绒服短款", 45900),
            ("衬衫裙", 14900),
            ("牛仔外套", 18900),
            ("打底衫两件装", 8990),
        ),
        ("米白 S", "米白 M", "黑色 M", "焦糖 L"),
    ),
    pays=0.82,
    returns_early=0.05,
    sends_gifts=0.12,
    free_postage_fen=9900,
    postage_fen=800,
    reduction=(30000, 3000),
    couriers=("中通快递", "圆通速递", "韵达快递"),
    methods=("alipay", "huabei"),
    agents=("小雨", "阿芳", "可可"),
)

SKIN_CARE = Shop(
    store_id="demo-tmall",
    name="山茶护肤旗舰店",
    platform="tmall",
    number_prefix="27",
    share_of_orders=0.35,
    skus=_range_of(
        "SC",
        (
            ("山茶花精华水", 15900),
            ("氨基酸洁面乳", 6900),
            ("修护面霜", 23900),
            ("防晒乳 SPF50", 9900),
            ("补水面膜 20片", 11900),
            ("眼霜", 19900),
            ("卸妆油", 8900),
            ("精华油", 26900),
        ),
        ("标准装", "两支装", "礼盒"),
    ),
    pays=0.9,
    returns_early=0.015,
    sends_gifts=0.55,
    free_postage_fen=0,
    postage_fen=0,
    reduction=(29900, 5000),
    couriers=("顺丰速运", "中通快递"),
    methods=("alipay", "huabei", "credit_card"),
    agents=("店小二01", "店小二02"),
)

ACCESSORIES = Shop(
    store_id="demo-jd",
    name="极点数码京东店",
    platform="jd_pop",
    number_prefix="24",
    share_of_orders=0.2,
    skus=_range_of(
        "JD",
        (
            ("65W 氮化镓充电器", 12900),
            ("蓝牙耳机", 19900),
            ("Type-C 数据线", 2990),
            ("手机壳", 3900),
            ("钢化膜 两片装", 1990),
            ("移动电源 20000mAh", 14900),
            ("无线鼠标", 7900),
            ("机械键盘", 29900),
        ),
        ("黑色", "白色", "灰色"),
    ),
    pays=0.92,
    returns_early=0.015,
    sends_gifts=0.05,
    free_postage_fen=5900,
    postage_fen=600,
    reduction=(19900, 1000),
    couriers=("京东快递",),
    methods=("wechat", "jd_pay"),
    agents=("数码客服",),
)

DEMO_SHOPS = (WOMENS_WEAR, SKIN_CARE, ACCESSORIES)
