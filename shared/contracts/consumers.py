"""Who hears what: agreed once for all rooms; a service may hear less, never more."""

from collections.abc import Mapping
from types import MappingProxyType

from shared.contracts import (
    cs_cases,
    cs_credit,
    cs_service,
    directory,
    inventory_goods,
    inventory_purchasing,
    inventory_reservations,
    inventory_stock,
    log,
    orders,
    orders_cases,
    orders_steps,
    promotion_campaigns,
    promotion_coupons,
    promotion_traffic,
)
from shared.contracts.envelope import Event

SERVICES = ("directory", "orders", "promotion", "cs", "inventory", "reporting")

GROUPS: tuple[tuple[type[Event], ...], ...] = (
    directory.EVENTS,
    orders.EVENTS,
    orders_steps.EVENTS,
    orders_cases.EVENTS,
    promotion_traffic.EVENTS,
    promotion_campaigns.EVENTS,
    promotion_coupons.EVENTS,
    cs_service.EVENTS,
    cs_cases.EVENTS,
    cs_credit.EVENTS,
    inventory_reservations.EVENTS,
    inventory_stock.EVENTS,
    inventory_goods.EVENTS,
    inventory_purchasing.EVENTS,
    log.EVENTS,
)
"""Every event, by the module that declares it."""

_HEARS: Mapping[str, tuple[type[Event], ...]] = MappingProxyType(
    {
        "orders": (
            inventory_reservations.StockReserved,
            inventory_reservations.StockRejected,
            inventory_reservations.StockReleased,
            inventory_reservations.ReturnInspected,
            inventory_stock.OversaleFound,
            inventory_goods.SkuStated,
            promotion_campaigns.CampaignScheduled,
            promotion_campaigns.CampaignStarted,
            promotion_campaigns.CampaignEnded,
            promotion_campaigns.CampaignCancelled,
            promotion_coupons.CouponClaimed,
            cs_credit.PaymentChased,
            cs_credit.CallbackDone,
            cs_cases.CaseOpened,
            cs_cases.CaseClosed,
        ),
        "promotion": (
            orders.OrderPlaced,
            orders.OrderAmended,
            orders.OrderPaid,
            orders.PaymentCorrected,
            orders.OrderShipped,
            orders.OrderCompleted,
            orders.OrderCancelled,
            orders.RefundPaid,
            inventory_stock.StockLevelChanged,
            inventory_stock.ListingStockChanged,
            inventory_stock.CoverEstimated,
            inventory_stock.StockAlertRaised,
            inventory_stock.StockAlertCleared,
            inventory_goods.SkuStated,
            inventory_goods.ItemListed,
            inventory_goods.ItemDelisted,
            inventory_goods.ItemPriceChanged,
            inventory_purchasing.CampaignStockReconciled,
            cs_cases.ReviewReceived,
            cs_credit.TierChanged,
        ),
        "cs": (
            *orders.EVENTS,
            orders_steps.TrackingMoved,
            orders_steps.TrackingStalled,
            orders_steps.OrderFlagged,
            orders_steps.DeliveryChanged,
            orders_steps.GoodsChanged,
            orders_steps.OrderAttributed,
            orders_steps.PaymentOverdue,
            orders_steps.ChaseWon,
            orders_steps.ShippingOverdue,
            orders_steps.FollowUpDue,
            orders_cases.ProblemOpened,
            orders_cases.ProblemOverdue,
            orders_cases.ProblemClosed,
            orders_cases.AfterSaleOpened,
            orders_cases.AfterSaleAgreed,
            orders_cases.ReplacementShipped,
            orders_cases.AfterSaleClosed,
            orders_cases.DisputeOpened,
            orders_cases.DisputeClosed,
            orders_cases.WrongShipmentRegistered,
            promotion_campaigns.CampaignAnnounced,
            promotion_campaigns.CampaignStarted,
            promotion_campaigns.CampaignEnded,
            promotion_campaigns.CampaignCancelled,
            inventory_reservations.StockRejected,
            inventory_reservations.ReturnInspected,
            inventory_stock.ListingStockChanged,
            inventory_goods.SkuStated,
        ),
        "inventory": (
            orders.OrderPlaced,
            orders.OrderAmended,
            orders.OrderPaid,
            orders.PaymentCorrected,
            orders.OrderShipped,
            orders.OrderCancelled,
            orders.RefundApproved,
            orders.RefundPaid,
            orders_steps.GoodsChanged,
            orders_steps.OrderPrinted,
            orders_steps.OrderMarkedUrgent,
            orders_cases.AfterSaleAgreed,
            orders_cases.GoodsSentBack,
            orders_cases.ReplacementShipped,
            orders_cases.AfterSaleClosed,
            orders_cases.CustomMadeAgreed,
            promotion_campaigns.CampaignScheduled,
            promotion_campaigns.CampaignStarted,
            promotion_campaigns.CampaignEnded,
            promotion_campaigns.CampaignCancelled,
            promotion_campaigns.SellOffPlanned,
        ),
        "reporting": tuple(event for group in GROUPS for event in group),
    }
)


def _agreed() -> dict[str, frozenset[str]]:
    return {
        event.type: frozenset(SERVICES)
        if event.owner() == "directory"
        else frozenset(service for service, heard in _HEARS.items() if event in heard)
        for group in GROUPS
        for event in group
    }


CONSUMERS: Mapping[str, frozenset[str]] = MappingProxyType(_agreed())
"""The services that may hear an event, by its wire name; all hear what directory states."""
