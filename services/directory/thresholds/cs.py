"""Thresholds of customer service: replies, credit, callbacks, shifts, pay."""

from services.directory.thresholds.kinds import (
    Threshold,
    choices,
    flag,
    integer,
    money,
    ratio,
    time_of_day,
    words,
)

REPLIES = (
    integer(
        "cs.slow_reply_minutes", 2, "minutes", bounds=(1, 600), source="C-R1 C-K1",
        names=("应答超时", "a first reply is slow after"),
    ),
    integer(
        "cs.slow_replies_allowed", 3, "times a month", bounds=(0, 10_000), source="C-R1 H18",
        names=("每月允许应答超时次数", "slow replies that are allowed"),
    ),
    money(
        "cs.slow_reply_fine", "50", source="C-R1 H18 H29",
        names=("应答超时建议罚款", "suggested for a month with more slow replies"),
    ),
    integer(
        "cs.no_reply_minutes", 30, "minutes", bounds=(1, 1440), source="C-R2",
        names=("半小时未回复", "a buyer has no reply"),
    ),
    money(
        "cs.no_reply_fine", "100", source="C-R2 H29",
        names=("未回复建议罚款", "suggested each time a buyer had no reply"),
    ),
    integer(
        "cs.long_no_reply_minutes", 120, "minutes", bounds=(1, 10_080), source="C-R3",
        names=("两小时未回复", "a buyer has no reply for long"),
    ),
    money(
        "cs.long_no_reply_fine", "200", source="C-R3 H29",
        names=("长时间未回复建议罚款", "suggested for each such period"),
    ),
    flag(
        "cs.automatic_replies_count", default=False, source="C-K1",
        names=("自动回复计入应答", "an automatic reply counts as a reply"),
    ),
    integer(
        "cs.session_gap_minutes", 10, "minutes", bounds=(1, 1440), source="C-K2",
        names=("新咨询间隔", "silence after which a new inquiry begins"),
    ),
    integer(
        "cs.inquiry_to_order_days", 3, "days", bounds=(1, 60), source="C-K3",
        names=("咨询转订单天数", "an order is an inquiry's within"),
    ),
    integer(
        "cs.idle_minutes", 120, "minutes", bounds=(1, 1440), source="C-R4",
        names=("空挂时长", "online without work"),
    ),
    money("cs.idle_fine", "200", source="C-R4 H29", names=("空挂建议罚款", "suggested for it")),
    money(
        "cs.offline_fine", "200", source="C-R5 H29",
        names=("在岗未在线建议罚款", "suggested for being offline on duty"),
    ),
    integer(
        "cs.chat_samples_a_day", 10, "conversations", bounds=(0, 1000), source="C-K11",
        names=("每日聊天记录抽查", "conversations checked"),
    ),
    integer(
        "cs.case_hours", 24, "hours", bounds=(1, 720), source="C-R20 C-W5",
        names=("投诉处理时限", "a case is closed"),
    ),
    words(
        "cs.escalation_chain", ["pre_sale_supervisor", "cs_manager", "general_manager"], "texts",
        source="C-R22 C-R25 X-W2", names=("投诉升级路径", "roles a case rises through"),
    ),
)  # fmt: skip

CREDIT = (
    choices(
        "cs.credit_order", ["chaser", "flag", "closer"], ("chaser", "flag", "closer"),
        source="C-R11 C-R12 C-R13 H19",
        names=("业绩归属顺序", "whose an order is, the first that applies"),
    ),
    ratio(
        "cs.commission_ratio", "0.005", source="C-K6", names=("销售提成", "share of personal sales")
    ),
    flag(
        "cs.changed_bad_review_takes_credit", default=True, source="C-R8",
        names=("差评改好仍扣单", "a bad review takes the credit though it was changed"),
    ),
    money(
        "cs.bad_review_fine", "100", source="C-R9 H29",
        names=("差评未改建议罚款", "suggested for a bad review that stays"),
    ),
    flag(
        "cs.return_takes_credit", default=True, source="C-R10",
        names=("非质量退货扣业绩", "a return not for quality takes the credit"),
    ),
    words(
        "cs.base_pay",
        {"junior": "1500", "middle": "1800", "senior": "2200", "customer_manager": "2700"},
        "decimals_by_name", unit="currency", source="C-K8", names=("底薪", "base pay by grade"),
    ),
    ratio(
        "cs.team_bonus_ratio", "0.10", source="C-K7",
        names=("团队评分奖金", "share of base pay for the team's score"),
    ),
    money("cs.attendance_bonus", "100", source="C-K7", names=("全勤奖", "for full attendance")),
    money("cs.living_allowance", "200", source="C-K7", names=("生活补贴", "for living")),
)  # fmt: skip

CALLBACKS = (
    Threshold(
        key="cs.callback_days", default=[1, 3, 10, 30], unit="days", kind="integers",
        low=0, high=365, source="C-R14 H20", zh="回访节奏", en="callbacks after the purchase",
    ),
    time_of_day(
        "cs.rest_from", "21:00", source="C-R14",
        names=("不打扰开始", "buyers are not disturbed from"),
    ),
    time_of_day(
        "cs.rest_to", "09:00", source="C-R14", names=("不打扰结束", "buyers are not disturbed to")
    ),
    flag(
        "cs.flagged_buyers_count", default=False, source="C-R15",
        names=("财务标记异常客户计入回访", "buyers whom finance flagged count in callbacks"),
    ),
    words(
        "cs.tier_amounts", {"star_3": "500", "star_4": "2000", "star_5": "5000"},
        "decimals_by_name", unit="currency", source="C-R16 C-R17 H25",
        names=("客户分级金额", "purchases from which a tier is reached"),
    ),
    words(
        "cs.tier_orders", {"star_3": "2", "star_4": "5", "star_5": "10"},
        "decimals_by_name", unit="orders", source="C-R16 C-R17 H25",
        names=("客户分级次数", "orders from which a tier is reached"),
    ),
    integer(
        "cs.tier_days", 365, "days", bounds=(1, 3650), source="C-R16 H25",
        names=("客户分级统计天数", "days of purchases that make the tier"),
    ),
    integer(
        "cs.new_card_callback_days", 3, "days", bounds=(1, 60), source="C-K15",
        names=("新开卡回访天数", "new members are called within"),
    ),
    ratio(
        "cs.new_card_callback_ratio", "1.00", source="C-K15",
        names=("新开卡回访率", "share of new members called"),
    ),
    ratio(
        "cs.star_5_callback_ratio", "1.00", source="C-K15",
        names=("五星客户月回访率", "share of five-star members called in a month"),
    ),
    ratio(
        "cs.star_4_callback_ratio", "0.50", source="C-K15",
        names=("四星客户月回访率", "share of four-star members called in a month"),
    ),
    integer(
        "cs.star_3_callbacks", 500, "persons a month", bounds=(0, 1_000_000), source="C-K15",
        names=("三星及以下月回访人数", "members of three stars and below called in a month"),
    ),
    ratio(
        "cs.satisfaction_target_ratio", "1.00", source="C-K17",
        names=("客户满意率目标", "share of content buyers aimed at"),
    ),
)  # fmt: skip

SHIFTS = (
    words(
        "cs.shifts", {"day": "08:30-17:30", "evening": "17:00-24:00", "duty": "17:00-02:00"},
        "texts_by_name", unit="local time", source="C-R18 C-R19 H2", names=("班次", "shifts"),
    ),
    integer(
        "cs.days_off_a_month", 4, "days", bounds=(0, 31), source="C-R18",
        names=("每月休息天数", "days off"),
    ),
    time_of_day(
        "cs.online_from", "09:30", source="C-K21 H2", names=("在线开始", "somebody is online from")
    ),
    time_of_day(
        "cs.online_to", "18:30", source="C-K21 H2", names=("在线结束", "somebody is online to")
    ),
    integer(
        "cs.late_minutes", 10, "minutes", bounds=(0, 480), source="C-R6 C-R7 H17",
        names=("轻微迟到", "lateness that is small"),
    ),
    integer(
        "cs.late_times_allowed", 2, "times a month", bounds=(0, 31), source="C-R6 H17",
        names=("每月允许轻微迟到次数", "small lateness that is allowed"),
    ),
    money(
        "cs.late_fine", "20", source="C-R6 C-R7 H17 H29",
        names=("迟到建议罚款", "suggested for each other lateness"),
    ),
)  # fmt: skip

CS = (*REPLIES, *CREDIT, *CALLBACKS, *SHIFTS)
