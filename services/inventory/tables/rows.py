"""The base of all rows."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import DateTime, LargeBinary, MetaData, Numeric, Text
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeEngine

from shared.db.engine import new_metadata


class Row(DeclarativeBase):
    """The base of this service's rows."""

    metadata: ClassVar[MetaData] = new_metadata()
    type_annotation_map: ClassVar[dict[type, TypeEngine[Any]]] = {
        str: Text(),
        bytes: LargeBinary(),
        datetime: DateTime(timezone=True),
        Decimal: Numeric(),
    }
