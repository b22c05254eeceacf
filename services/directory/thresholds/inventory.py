"""Thresholds of inventory: reserving, warning, buying, counting."""

from services.directory.thresholds.kinds import choice, decimal, flag, integer

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

INVENTORY = (
    choice(
        "inventory.reserve_on", "placed", ("placed", "paid"), source="I-R7 I-W4",
        names=("库存占用时点", "stock is reserved when an order is"),
    ),
    integer(
        "inventory.hold_hours", 72, "hours", bounds=(1, 720), source="I-W4",
        names=("拍下未付款占用库存", "stock is set aside for an order that is not paid"),
    ),
    integer(
        "inventory.campaign_hold_minutes", 30, "minutes", bounds=(1, 10_080), source="I-W4 I-R16",
        names=("活动未付款占用库存", "stock is set aside for an unpaid order of a campaign"),
    ),
    integer(
        "inventory.first_purchase_sets", 3, "sets", bounds=(1, 10_000), source="I-R1 H22",
        names=("新品首批进货上限", "first purchase of a new item, above which a warning is given"),
    ),
    choice(
        "inventory.replenishment_weekday", "thursday", _WEEKDAYS, source="I-R3",
        names=("补货需求表日", "day of the replenishment list"),
    ),
    integer(
        "inventory.stocktake_from_day", 28, "day of the month", bounds=(1, 31), source="I-R4 H10",
        names=("盘点开始日", "stocktake from"),
    ),
    integer(
        "inventory.stocktake_to_day", 31, "day of the month", bounds=(1, 31), source="I-R4 H10",
        names=("盘点结束日", "stocktake to, or the month's last day"),
    ),
    integer(
        "inventory.supply_check_days", 1, "days", bounds=(1, 30), source="I-R6",
        names=("缺货检查间隔", "shortages are checked every"),
    ),
    integer(
        "inventory.hot_warning_units", 50, "units", bounds=(0, 10_000_000), source="I-K6",
        names=("热销库存预警数", "stock of a hot item below which a warning is given"),
    ),
    integer(
        "inventory.regular_warning_units", 20, "units", bounds=(0, 10_000_000), source="I-K6",
        names=("常销库存预警数", "stock of a regular item below which a warning is given"),
    ),
    integer(
        "inventory.slow_warning_units", 100, "units", bounds=(0, 10_000_000), source="I-K6",
        names=("滞销库存预警数", "stock of a slow item above which a warning is given"),
    ),
    integer(
        "inventory.average_sales_days", 30, "days", bounds=(1, 365), source="I-K4",
        names=("日均销量统计天数", "days of the average of sales"),
    ),
    decimal(
        "inventory.cover_warning_days", "7", "days", bounds=(0, 365), source="I-K5",
        names=("可售天数预警", "days of sale below which a warning is given"),
    ),
    integer(
        "inventory.hot_items", 10, "items", bounds=(1, 500), source="I-K3",
        names=("热卖单品数", "items in the list of hot ones"),
    ),
    integer(
        "inventory.top_styles", 20, "styles", bounds=(1, 500), source="I-K11 O-K12",
        names=("销量榜款数", "styles in the list of best sellers"),
    ),
    integer(
        "inventory.new_item_days", 30, "days", bounds=(1, 365), source="I-K12",
        names=("新品天数", "an item is new"),
    ),
    integer(
        "inventory.jd_safety_units", 10, "units", bounds=(0, 10_000_000), source="I-R17",
        names=("京东仓安全库存", "safety stock in JD's warehouse"),
    ),
    integer(
        "inventory.channel_difference_units", 0, "units", bounds=(0, 10_000_000), source="H11",
        names=("渠道库存差异容许", "difference to a channel's figure that is not reported"),
    ),
    flag(
        "inventory.intact_returns_restock", default=True, source="I-R12 H23",
        names=("完好退货重新入库", "intact returns go back to stock; others to quarantine"),
    ),
    integer(
        "inventory.text_review_days", 15, "days", bounds=(1, 365), source="I-R18 H27",
        names=("商品文案复审间隔", "texts of items are reviewed every"),
    ),
    integer(
        "inventory.publish_within_hours", 24, "hours", bounds=(1, 720), source="I-R18 H27",
        names=("信息发布时限", "approved information is published"),
    ),
)  # fmt: skip
