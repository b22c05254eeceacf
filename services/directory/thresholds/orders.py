"""Thresholds of orders: chasing, shipping, changing, returning."""

from services.directory.thresholds.kinds import (
    choice,
    choices,
    decimal,
    flag,
    integer,
    money,
    ratio,
    words,
)

ORDERS = (
    integer(
        "orders.chase_unpaid_hours", 12, "hours", bounds=(1, 720), source="O-R1 H1",
        names=("未付款催付", "the owner chases an unpaid order"),
    ),
    integer(
        "orders.chase_open_hours", 24, "hours", bounds=(1, 720), source="O-R2 C-R13 H1",
        names=("未付款订单开放追单", "anyone may chase an unpaid order, and takes the credit"),
    ),
    integer(
        "orders.ship_within_hours", 24, "hours", bounds=(1, 720), source="O-R3 H26",
        names=("付款后发货时限", "a paid order is shipped"),
    ),
    integer(
        "orders.promised_ship_hours", 48, "hours", bounds=(1, 2160), source="O-R4 H26",
        names=("平台承诺发货时限", "promise of the platform; the earlier of both is the deadline"),
    ),
    integer(
        "orders.problem_close_hours", 24, "hours", bounds=(1, 720), source="O-R5",
        names=("问题订单处理时限", "a problem order is closed"),
    ),
    integer(
        "orders.receipt_follow_up_days", 3, "days", bounds=(0, 60), source="O-R6 H21",
        names=("签收后回访天数", "ask for confirmation and review after delivery"),
    ),
    words(
        "orders.default_courier", "", "text", source="O-R8 O-R9 S-7",
        names=("默认快递", "courier when the buyer names none; empty: none is set"),
    ),
    words(
        "orders.fallback_courier", "EMS", "text", source="O-R8",
        names=("默认快递不到时改用", "courier where the default one does not reach"),
    ),
    money(
        "orders.sf_surcharge", "15.00", source="O-R10",
        names=("顺丰加价", "surcharge for SF Express"),
    ),
    money(
        "orders.remote_surcharge", "15.00", source="O-R10",
        names=("偏远地区加价", "surcharge for remote regions"),
    ),
    words(
        "orders.remote_regions", ["新疆", "西藏", "广西"], "texts", source="O-R10",
        names=("偏远地区", "remote regions"),
    ),
    choice(
        "orders.postage_check", "warn", ("off", "warn", "refuse"), source="O-R8",
        names=("邮费核查", "what is done where the postage is not what the template asks"),
    ),
    words(
        "orders.verification_notes",
        {
            "fallback": "{missed}不到,改发{courier}",
            "postage": "邮费应收{due},实收{paid}",
            "undelivered": "运费模板不配送{province}",
        },
        "texts_by_name", source="O-R8 O-R11",
        names=("核对备注模板", "notes of what was found when an order was verified"),
    ),
    words(
        "orders.note_format", "{staff_number}+{courier}+{text}", "text", source="O-R11",
        names=("客服备注格式", "format of a note"),
    ),
    words(
        "orders.checked_flag", "purple", "text", source="O-R12 H14",
        names=("信息核对无误旗帜", "flag of a checked order"),
    ),
    words(
        "orders.checked_note", "准确无误,可以发货", "text", source="O-R12",
        names=("核对无误备注", "note of a checked order"),
    ),
    words(
        "orders.changed_flag", "red", "text", source="O-R13 H14",
        names=("信息变更旗帜", "flag of a changed order"),
    ),
    words(
        "orders.change_notes",
        {
            "attribute": "{date} {staff_number} 客户拍下{before},要求修改成{after},已修改妥当",
            "address": "{date} {staff_number} 客户要求修改地址,新地址为{after}",
            "special": "{date} {staff_number} 客户要求{text}",
        },
        "texts_by_name", source="O-R14",
        names=("变更备注模板", "notes of a change, by kind of change"),
    ),
    choice(
        "orders.void_until", "printed", ("audited", "printed", "shipped"), source="O-R16",
        names=("付款后可作废至", "a paid order may be voided before it is"),
    ),
    choice(
        "orders.picking_order", "placed", ("placed", "paid"), source="O-R18",
        names=("备货顺序", "goods are prepared in the order of"),
    ),
    choices(
        "orders.campaign_priority",
        ["own_tasks", "same_day", "noted", "fully_stocked", "help_warehouse"],
        ("own_tasks", "same_day", "noted", "fully_stocked", "help_warehouse"), source="O-R20",
        names=("活动订单处理优先级", "order of work in a campaign"),
    ),
    words(
        "orders.priority_couriers", ["顺丰", "SF", "空运"], "texts", source="O-R20",
        names=("优先处理的快递", "couriers whose orders go first: their names hold one of these"),
    ),
    words(
        "orders.electronic_waybill_couriers", [], "texts", source="O-T5",
        names=("使用电子面单的快递", "couriers whose waybills get their numbers at printing"),
    ),
    integer(
        "orders.electronic_waybills_low", 200, "numbers", bounds=(0, 1_000_000), source="O-T5",
        names=("电子面单余量预警", "so few free waybill numbers of a courier raise an alert"),
    ),
    integer(
        "orders.tracking_stalled_days", 2, "days", bounds=(1, 60), source="O-W1.16 O-W9",
        names=("物流停滞天数", "a parcel that has not moved for so long has stalled"),
    ),
    choice(
        "orders.second_check", "campaign", ("never", "campaign", "always"), source="O-R21",
        names=("二次核对", "picked goods are checked a second time"),
    ),
    choice(
        "orders.return_freight_quality", "seller", ("seller", "buyer"), source="O-R22 H3",
        names=("质量问题退货运费", "who pays the freight of a return for quality"),
    ),
    choice(
        "orders.return_freight_other", "buyer", ("seller", "buyer"), source="O-R23 H3",
        names=("其他退货运费", "who pays the freight of another return"),
    ),
    ratio(
        "orders.exchange_freight_buyer_ratio", "0.5", source="O-R23 H3",
        names=("换货运费买家承担比例", "buyer's share of the freight of an exchange"),
    ),
    flag(
        "orders.return_needs_pictures", default=True, source="O-R24",
        names=("退换货须附照片", "a return or exchange needs pictures"),
    ),
    choice(
        "orders.price_change_until", "paid", ("paid", "audited"), source="O-R28",
        names=("客服可改价至", "staff may change price and freight before it is"),
    ),
    ratio(
        "orders.discount_ceiling_ratio", "0.03", source="O-R29 H15",
        names=("客服折扣上限", "largest discount of an agent: 97 % of the price stays"),
    ),
    words(
        "orders.discount_ceiling_by_role", {}, "decimals_by_name", unit="ratio", source="H15",
        names=("按岗位折扣上限", "largest discount by role, where it is another"),
    ),
    integer(
        "orders.keep_documents_days", 1095, "days", bounds=(30, 36_500), source="O-R32",
        names=("单据保存天数", "waybills and copies of orders are kept"),
    ),
    integer(
        "orders.archive_after_days", 180, "days", bounds=(1, 36_500), source="O-W1.14 O-R32",
        names=("订单归档天数", "an order that is over goes into the archive"),
    ),
    integer(
        "orders.settlement_days", 7, "days", bounds=(0, 365), source="O-K20 O-P9",
        names=("回款天数", "the platform pays out after the completion of an order"),
    ),
    decimal(
        "orders.payment_tolerance", "0.00", "currency", bounds=(0, 100), source="O-W1.4",
        names=("收款差额容许", "difference of a payment that is not refused"),
    ),
)  # fmt: skip
