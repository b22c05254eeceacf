"""Thresholds of the whole company: platforms, the day, the log."""

from services.directory.thresholds.kinds import Threshold, integer

PLATFORMS = ("taobao", "tmall", "jd_pop", "jd_self", "weidian", "vipshop", "own")
"""The platforms known without a setting."""

HOUSE = (
    Threshold(
        key="house.further_platforms", default=[], unit="none", kind="texts", scope="company",
        zh="其他平台", en="platforms besides the known ones", source="S-1",
    ),
    integer(
        "house.day_start_hour", 0, "hour of the day", bounds=(0, 23), scope="company",
        source="S-6", names=("营业日开始", "start of the business day of a store newly opened"),
    ),
    integer(
        "house.dead_letter_limit", 100, "events", bounds=(1, 100_000), scope="company",
        source="project", names=("死信上限", "parked events at which a reader stops"),
    ),
    integer(
        "house.dead_letter_minutes", 10, "minutes", bounds=(1, 1440), scope="company",
        source="project", names=("死信统计时长", "time in which they are counted"),
    ),
)  # fmt: skip
