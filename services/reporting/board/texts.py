"""Every word of the board, in both languages."""

from collections.abc import Mapping
from typing import NamedTuple

from services.reporting.board.language import Language


class Text(NamedTuple):
    """One text in both languages; braces hold what is filled in."""

    zh: str
    en: str

    def in_(self, language: Language, **values: object) -> str:
        """Return the text in a language, with its blanks filled."""
        return (self.zh if language is Language.ZH else self.en).format(**values)


TEXTS: Mapping[str, Text] = {
    "sales_title": Text("实时销售", "Live sales"),
    "after_sale_title": Text("订单与售后", "Orders and after-sale"),
    "all_stores": Text("全部店铺", "All stores"),
    "back": Text("返回全部店铺", "Back to all stores"),
    "store_count": Text("{count} 家店铺", "{count} stores"),
    "one_store": Text("1 家店铺", "1 store"),
    "switch": Text("English", "中文"),
    "switch_hint": Text("Switch to English", "切换到中文"),
    "sign_out": Text("退出", "Sign out"),
    "today": Text("今日", "Today"),
    "yesterday": Text("昨日", "Yesterday"),
    "by_then": Text("今日同期 {value}", "today by then {value}"),
    "was": Text("昨日同期 {value}", "yesterday {value}"),
    "was_all_day": Text("昨日全天 {value}", "all yesterday {value}"),
    "from_nothing": Text("昨日为零", "from zero"),
    "points": Text("{value} 个百分点", "{value} pts"),
    "unchanged": Text("持平", "unchanged"),
    "as_of": Text("数据截至 {time}", "Figures as of {time}"),
    "never": Text("尚未收到任何数据", "Nothing received yet"),
    "complete": Text("已收齐", "complete"),
    "open": Text("当日进行中", "day still open"),
    "late": Text("数据延迟 {seconds} 秒", "{seconds} s behind"),
    "parked": Text("{count} 条数据待处理，未计入", "{count} events set aside, not counted"),
    "compared": Text("与昨日同时刻比较", "against yesterday at the same time"),
    "compared_until": Text("与昨日比较至 {time}", "against yesterday until {time}"),
    "sales_hourly": Text("分时支付金额", "Paid amount by hour"),
    "after_sale_hourly": Text("今日分时发货、超时与退款", "Shipped, overdue and refunds by hour"),
    "hourly_hint": Text("店铺当地时间，最后一点尚未满一小时", "store-local, the last hour running"),
    "stores": Text("店铺", "Stores"),
    "store": Text("店铺", "Store"),
    "change": Text("较昨日", "vs yesterday"),
    "sort_hint": Text("按{column}排序", "Sort by {column}"),
    "top_products": Text("热销商品", "Top products"),
    "top_products_hint": Text("按今日支付金额", "by amount paid today"),
    "units": Text("{count} 件", "{count} pcs"),
    "top_products_none": Text("今日还没有卖出商品。", "No product has been sold today."),
    "top_reasons": Text("退款原因", "Refund reasons"),
    "top_reasons_hint": Text("按今日申请退款笔数", "by refunds asked for today"),
    "top_reasons_none": Text("今日没有退款申请。", "No refund has been asked for today."),
    "top_returns": Text("售后商品", "Products that come back"),
    "top_returns_hint": Text("按今日售后件数", "by units in cases opened today"),
    "top_returns_none": Text("今日没有退换货。", "Nothing is to come back today."),
    "cases": Text("{count} 单", "cases: {count}"),
    "reason_quality": Text("质量问题", "Quality"),
    "reason_damaged": Text("运输破损", "Damaged"),
    "reason_wrong_goods": Text("发错货", "Wrong goods"),
    "reason_missing": Text("少件漏发", "Something missing"),
    "reason_wrong_size": Text("尺码不合", "Wrong size"),
    "reason_not_as_described": Text("与描述不符", "Not as described"),
    "reason_unwanted": Text("不想要了", "Not wanted any more"),
    "reason_late": Text("发货或物流太慢", "Too late"),
    "reason_lost": Text("丢件未收到", "Lost on the way"),
    "reason_other": Text("其他原因", "Other reasons"),
    "platform_taobao": Text("淘宝", "Taobao"),
    "platform_tmall": Text("天猫", "Tmall"),
    "platform_jd_pop": Text("京东 POP", "JD POP"),
    "platform_jd_self": Text("京东自营", "JD self-run"),
    "platform_weidian": Text("微店", "Weidian"),
    "platform_vipshop": Text("唯品会", "Vipshop"),
    "platform_own": Text("自有网站", "Own site"),
    "empty_title": Text("还没有可看的店铺", "No stores to show yet"),
    "empty_none": Text(
        "请先开设一家店铺：调用 POST /v1/stores，或运行 shopfleet up 打开示例店铺。"
        "店铺开设后会自动出现在这里。",
        "Open a store first: POST /v1/stores, or run `shopfleet up` for demo stores. "
        "It appears here by itself.",
    ),
    "empty_mine": Text(
        "您的账号还没有被分配任何店铺。请联系管理员在 staff 中为您添加店铺。",
        "No store has been given to your account. Ask an administrator to add one.",
    ),
    "after_sale_quiet_title": Text("今日暂无发货与售后", "Nothing shipped or returned today yet"),
    "after_sale_quiet": Text(
        "第一个包裹通过 POST /v1/orders/{{id}}/shipments 登记后，这里会立即更新，无需刷新。",
        "The first parcel sent to POST /v1/orders/{{id}}/shipments shows here at once, "
        "without a reload.",
    ),
    "sales_quiet_title": Text("今日还没有订单", "No orders today yet"),
    "sales_quiet": Text(
        "第一笔订单通过 POST /v1/orders 或 shopfleet import 到达后，这里会立即更新，无需刷新。",
        "The first order sent to POST /v1/orders, or by `shopfleet import`, shows here at once, "
        "without a reload.",
    ),
    "unknown_store": Text(
        "没有这家店铺，或您无权查看。", "There is no such store, or it is not yours to see."
    ),
    "sign_in": Text("登录", "Sign in"),
    "sign_in_lead": Text("登录后查看您的店铺实时数据", "Sign in to see your stores, live"),
    "token": Text("访问令牌或 API 密钥", "Access token or API key"),
    "token_hint": Text(
        "运行 shopfleet token 可签发令牌；需要 reports:read 权限。",
        "Issue one with `shopfleet token`; it needs the scope reports:read.",
    ),
    "refused_credential": Text(
        "令牌无效、已过期或已被撤销。", "This token is not valid, has expired or was revoked."
    ),
    "refused_scope": Text(
        "该令牌没有查看报表的权限（reports:read）。",
        "This token does not allow reading reports (reports:read).",
    ),
    "refused_ended": Text(
        "您的登录已失效，请重新登录。", "You are no longer signed in. Please sign in again."
    ),
    "awaited": Text(
        "系统正在启动，请稍后再试。", "The system is still starting. Please try again in a moment."
    ),
    "signed_out": Text("您已退出。", "You have signed out."),
    "lost": Text(
        "连接已断开，数字可能不是最新的。正在重新连接…",
        "Connection lost: the figures may be out of date. Reconnecting…",
    ),
    "failing": Text(
        "暂时无法读取数据，正在重试…", "The figures can't be read for the moment. Trying again…"
    ),
}


class Texts:
    """The texts of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, name: str, **values: object) -> str:
        """Return a text with its blanks filled; raises `KeyError` for an unknown name."""
        return TEXTS[name].in_(self.language, **values)
