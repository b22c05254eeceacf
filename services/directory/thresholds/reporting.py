"""Thresholds of reporting: targets, windows, times of reports."""

from services.directory.thresholds.kinds import integer, ratio, time_of_day

REPORTING = (
    ratio(
        "reporting.daily_floor_ratio", "0.50", source="O-K18 H16",
        names=("日目标最低完成率", "share of the day's target below which an alert is given"),
    ),
    integer(
        "reporting.repeat_purchase_days", 365, "days", bounds=(1, 3650), source="O-K15 H24",
        names=("复购统计天数", "days within which a second order repeats"),
    ),
    integer(
        "reporting.returning_buyer_days", 365, "days", bounds=(1, 3650), source="O-K16 H24",
        names=("老顾客判定天数", "a buyer who paid within them before is a returning one"),
    ),
    time_of_day(
        "reporting.morning_report", "09:00", source="O-K22 R-R1",
        names=("早报时间", "the morning's report"),
    ),
    time_of_day(
        "reporting.evening_report", "18:00", source="O-K22 R-R3",
        names=("晚报时间", "the evening's report"),
    ),
)  # fmt: skip
