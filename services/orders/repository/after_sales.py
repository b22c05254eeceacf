"""Returns, exchanges and repairs in their table."""

from services.orders.domain.after_sale import AfterSale
from services.orders.repository.cases import CaseTable
from services.orders.tables.cases import AfterSaleRow

AFTER_SALES = CaseTable(AfterSaleRow, AfterSale)
