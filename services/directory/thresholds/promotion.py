"""Thresholds of promotion: returns, commissions, campaigns, budgets."""

from services.directory.thresholds.kinds import (
    choice,
    choices,
    decimal,
    flag,
    integer,
    ratio,
    words,
)

PROMOTION = (
    decimal(
        "promotion.roi_pass", "3", "sales per cost", bounds=(0, 1000), source="P-R1 H5",
        names=("投资回报率及格", "return that passes, itself included"),
    ),
    decimal(
        "promotion.roi_good", "4", "sales per cost", bounds=(0, 1000), source="P-R1 H5",
        names=("投资回报率良好", "return that is good, itself included"),
    ),
    decimal(
        "promotion.roi_excellent", "5", "sales per cost", bounds=(0, 1000), source="P-R1 H5",
        names=("投资回报率优秀", "return that is excellent, itself included"),
    ),
    choices(
        "promotion.roi_costs", ["ads", "free_shipping", "discounts"],
        ("ads", "free_shipping", "discounts", "commissions", "coupons"), source="P-R2 H4",
        names=("店铺投资回报率成本项", "costs in the store's return"),
    ),
    ratio(
        "promotion.commission_ceiling_ratio", "0.70", source="P-R3",
        names=("淘宝客佣金上限", "largest commission"),
    ),
    choice(
        "promotion.commission_screening", "manual", ("automatic", "manual"), source="P-R3",
        names=("淘宝客申请筛选", "how applicants are screened"),
    ),
    ratio(
        "promotion.commission_change_ratio", "0.05", source="P-R4",
        names=("佣金单次调整上限", "a hot item's commission is changed at once by at most"),
    ),
    flag(
        "promotion.commission_fixed_in_campaign", default=True, source="P-R5",
        names=("活动期间佣金不变", "commissions stay during a campaign"),
    ),
    choice(
        "promotion.shop_stage", "growing", ("new", "growing", "mature"), source="P-R6",
        names=("店铺阶段", "stage of the shop, on which commissions depend"),
    ),
    words(
        "promotion.stage_commission_ratios",
        {"new": "0.30", "growing": "0.20", "mature": "0.10"}, "decimals_by_name", unit="ratio",
        source="P-R6", names=("各阶段建议佣金", "commission proposed by stage"),
    ),
    integer(
        "promotion.campaign_price_lead_days", 3, "days", bounds=(0, 90), source="P-R9",
        names=("活动价提前设置天数", "campaign prices are set before the start"),
    ),
    flag(
        "promotion.price_needs_second_person", default=True, source="P-R10 X-W3",
        names=("活动价双人核对", "another person checks campaign prices"),
    ),
    words(
        "promotion.weekly_activities",
        {"monday": "团购", "tuesday": "特价", "wednesday": "上新", "thursday": "免邮"},
        "texts_by_name", source="P-R11 S-8",
        names=("每周固定活动", "fixed activities by day of the week"),
    ),
    decimal(
        "promotion.overspend_ratio", "1.00", "ratio", bounds=(0, 10), source="P-R12 P-K20 P-W8",
        names=("推广超支提醒", "share of the budget above which an alert is given"),
    ),
    ratio(
        "promotion.underspend_ratio", "0.80", source="P-K23 P-W8",
        names=("消耗不足提醒", "share of the planned spend below which an alert is given"),
    ),
    integer(
        "promotion.page_check_days", 1, "days", bounds=(1, 30), source="P-R14",
        names=("页面检查间隔", "pages and pictures are checked every"),
    ),
    flag(
        "promotion.group_buys_one_by_one", default=True, source="P-R19",
        names=("上次团购结束后再安排", "a group buy is planned after the last is closed"),
    ),
    flag(
        "promotion.start_needs_stock_check", default=True, source="P-R21 I-R16",
        names=("活动前须核算库存", "stock is checked before a campaign starts"),
    ),
    ratio(
        "promotion.low_conversion_ratio", "0.01", source="P-K18",
        names=("展示位转化率过低", "conversion of a slot below which it is listed"),
    ),
    integer(
        "promotion.attribution_days", 15, "days", bounds=(1, 90), source="P-K6",
        names=("推广成交归因天数", "sales after a click are the ad's"),
    ),
)  # fmt: skip
