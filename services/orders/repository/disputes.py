"""Disputes in their table."""

from services.orders.domain.disputes import Dispute
from services.orders.repository.cases import CaseTable
from services.orders.tables.cases import DisputeRow

DISPUTES = CaseTable(DisputeRow, Dispute)
