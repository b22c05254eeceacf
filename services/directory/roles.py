"""Scopes, and the roles of the trade with what each may do.

The duties are those of the requirements, part F. What a post needs to see is granted for reading;
its stores limit it further. Only finance corrects payments (O-R17). Agents and distributors (X-35)
do not work in the system.
"""

from dataclasses import dataclass

SCOPES = frozenset(
    {
        "admin",
        "audit:read",
        "cs:read",
        "cs:write",
        "dead-letters:read",
        "dead-letters:write",
        "feed:read",
        "figures:repair",
        "inventory:read",
        "inventory:write",
        "keys:read",
        "keys:write",
        "orders:amend",
        "orders:audit",
        "orders:import",
        "orders:read",
        "orders:write",
        "payments:correct",
        "payments:write",
        "pii:read",
        "promotion:read",
        "promotion:write",
        "refunds:approve",
        "refunds:pay",
        "refunds:write",
        "reports:read",
        "roles:write",
        "settings:read",
        "settings:write",
        "shipments:write",
        "staff:read",
        "staff:write",
        "stores:read",
        "stores:write",
        "tokens:write",
        "webhooks:read",
        "webhooks:write",
    }
)
"""Everything a caller can be allowed; `admin` is all of it."""


@dataclass(frozen=True, slots=True)
class Role:
    """A post: its id, its source in the requirements, its names, what it may do."""

    role: str
    source: str
    zh: str
    en: str
    scopes: frozenset[str]


def _role(role: str, source: str, zh: str, en: str, *grants: str) -> Role:
    return Role(
        role, source, zh, en, frozenset(scope for grant in grants for scope in grant.split())
    )


_SEES = "stores:read settings:read reports:read"
_SEES_ALL = f"{_SEES} orders:read promotion:read cs:read inventory:read"
_SERVES = "stores:read orders:read inventory:read cs:read cs:write"
_SELLS = "orders:write orders:amend orders:audit payments:write"
_LEADS = "staff:read audit:read settings:write"

ROLES = (
    _role("administrator", "project", "系统管理员", "Administrator", "admin"),
    _role(
        "owner", "X-1", "店主", "Owner", _SEES_ALL, _LEADS, _SELLS, "orders:import refunds:write",
        "refunds:approve shipments:write promotion:write cs:write inventory:write pii:read",
        "stores:write staff:write keys:read keys:write tokens:write webhooks:read webhooks:write",
    ),
    _role(
        "store_manager", "X-2", "店长", "Store manager", _SEES_ALL, _LEADS, _SELLS,
        "orders:import refunds:write refunds:approve promotion:write cs:write inventory:write",
        "pii:read staff:write webhooks:read webhooks:write",
    ),
    _role(
        "operations_manager", "X-3", "运营经理", "Operations manager", _SEES_ALL, _LEADS,
        "orders:write orders:amend orders:audit orders:import promotion:write inventory:write",
        "webhooks:read",
    ),
    _role(
        "operations_supervisor", "X-4", "运营主管", "Operations supervisor", _SEES_ALL,
        "staff:read promotion:write inventory:write",
    ),
    _role(
        "operations_specialist", "X-5", "运营专员", "Operations specialist", _SEES_ALL,
        "orders:write orders:amend orders:audit orders:import promotion:write inventory:write",
    ),
    _role(
        "operations_administrator", "X-6", "淘宝运营管理", "Operations administrator", _SEES_ALL
    ),
    _role(
        "jd_administrator", "X-7", "京东网店管理员", "JD store administrator", _SEES_ALL, _SELLS,
        "orders:import refunds:write shipments:write promotion:write inventory:write pii:read",
    ),
    _role(
        "ecommerce_head", "X-8", "电子商务负责人", "E-commerce head", _SEES_ALL, _LEADS,
        "webhooks:read",
    ),
    _role(
        "cs_manager", "X-9", "客服经理", "Customer service manager", _SEES, _SERVES, _LEADS,
        "orders:amend orders:audit refunds:write pii:read",
    ),
    _role(
        "cs_head", "X-10", "客服主管", "Customer service head", _SEES, _SERVES,
        "staff:read orders:amend orders:audit refunds:write pii:read",
    ),
    _role(
        "pre_sale_supervisor", "X-11", "售前主管", "Pre-sale supervisor", _SEES, _SERVES,
        "staff:read orders:write orders:amend orders:audit pii:read",
    ),
    _role(
        "after_sale_supervisor", "X-12", "售后主管", "After-sale supervisor", _SEES, _SERVES,
        "staff:read orders:amend refunds:write refunds:approve pii:read",
    ),
    _role(
        "pre_sale_agent", "X-13", "售前客服", "Pre-sale agent", _SERVES,
        "orders:write orders:amend pii:read",
    ),
    _role(
        "in_sale_agent", "X-14", "售中客服", "In-sale agent", _SERVES,
        "orders:amend orders:audit pii:read",
    ),
    _role(
        "after_sale_agent", "X-15", "售后客服", "After-sale agent", _SERVES,
        "orders:amend refunds:write pii:read",
    ),
    _role(
        "promotion_specialist", "X-16", "推广专员", "Promotion specialist", _SEES,
        "promotion:read promotion:write",
    ),
    _role(
        "activity_specialist", "X-17", "活动报名专员", "Activity sign-up specialist", _SEES,
        "promotion:read promotion:write inventory:read",
    ),
    _role(
        "maintenance_specialist", "X-18", "后台维护专员", "Back-end maintenance specialist", _SEES,
        "promotion:read inventory:read inventory:write",
    ),
    _role(
        "member_specialist", "X-19", "会员营销专员", "Member marketing specialist", _SEES,
        "cs:read cs:write promotion:read pii:read",
    ),
    _role(
        "activity_planner", "X-20", "活动策划", "Activity planner", _SEES,
        "promotion:read promotion:write",
    ),
    _role(
        "editor", "X-21", "商品编辑", "Editor", "stores:read inventory:read inventory:write"
    ),
    _role(
        "flow_editor", "X-22", "流程编辑", "Flow editor", _SEES,
        "orders:read orders:write orders:audit orders:import shipments:write pii:read",
    ),
    _role("copywriter", "X-23", "文案", "Copywriter", "stores:read inventory:read promotion:read"),
    _role("designer", "X-24", "美工", "Designer", "stores:read inventory:read promotion:read"),
    _role(
        "warehouse_keeper", "X-25", "仓库管理员", "Warehouse keeper", "stores:read settings:read",
        "inventory:read inventory:write orders:read shipments:write",
    ),
    _role(
        "shipping_clerk", "X-26", "配货打单人员", "Picking and shipping clerk", "stores:read",
        "inventory:read orders:read shipments:write pii:read",
    ),
    _role(
        "buyer", "X-27", "采购员", "Buyer", "stores:read settings:read reports:read",
        "inventory:read inventory:write",
    ),
    _role(
        "finance", "X-28", "财务", "Finance", _SEES, "orders:read promotion:read inventory:read",
        "payments:write payments:correct refunds:write refunds:approve refunds:pay audit:read",
    ),
    _role(
        "quality_inspector", "X-29", "质检", "Quality inspector", "stores:read reports:read",
        "cs:read cs:write",
    ),
    _role(
        "team_leader", "X-30", "组长", "Team leader", _SEES, "staff:read promotion:read cs:read",
        "orders:read",
    ),
    _role(
        "general_manager", "X-31", "总经理", "General manager", _SEES_ALL, _LEADS,
        "refunds:approve promotion:write",
    ),
    _role(
        "category_owner", "X-32", "类目负责人", "Category owner", _SEES,
        "inventory:read inventory:write promotion:read",
    ),
    _role(
        "customer_manager", "X-33", "客户经理", "Customer manager", _SEES, _SERVES,
        "orders:write orders:amend refunds:write pii:read",
    ),
    _role(
        "agency_operator", "X-34", "代运营", "Agency operator", _SEES_ALL,
        "orders:import promotion:write inventory:write",
    ),
    _role(
        "data_specialist", "X-36", "数据专员", "Data specialist", _SEES_ALL, "orders:import"
    ),
)  # fmt: skip
"""The roles every installation starts with; each can be changed there."""
