"""What a buyer wants otherwise, with the red flag and the note of its store (O-W4, O-R13)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.orders.domain import altering, noting
from services.orders.domain.changes import Changes
from services.orders.domain.parts import Buyer, Note, Wishes
from services.orders.repository.stored import Sealed
from services.orders.schemas.alterations import DeliveryBody, GoodsBody, WishBody
from services.orders.schemas.parts import mask
from services.orders.usecases.working import Work
from shared.crypto import PersonalData
from shared.registry.stores import Store

FLAG = "orders.changed_flag"
NOTES = "orders.change_notes"


@dataclass(frozen=True, slots=True)
class Altering:
    """Who changes orders for buyers, when, and with what their data is sealed."""

    staff: str
    now: datetime
    personal: PersonalData

    def redirect(self, body: DeliveryBody) -> Work:
        """Send the goods elsewhere, or to another name or phone."""

        def work(changes: Changes, store: Store) -> Sealed | None:
            at = body.at or self.now
            wanted = Buyer(
                name=self._hash(body.name),
                phone=self._hash(body.phone),
                address=self._hash(body.address),
                province=body.province,
                city=body.city,
            )
            if not altering.redirect(changes, wanted, at, staff=self.staff):
                return None
            place = [text for text in (body.province, body.city) if text]
            secret = [("address", body.address), ("name", body.name), ("phone", body.phone)]
            shown = " ".join([*place, *(mask(name, text) for name, text in secret if text)])
            whole = " ".join([*place, *(text for _, text in secret if text)])
            note = Note(at, self.staff, altering.ADDRESS, shown)
            self._flag(changes, store, note, {"after": shown}, {"after": whole})
            return Sealed(
                account=None,
                name=self._seal(body.name),
                phone=self._seal(body.phone),
                address=self._seal(body.address),
            )

        return work

    def swap(self, body: GoodsBody) -> Work:
        """Send another model of a line's goods (换款)."""

        def work(changes: Changes, store: Store) -> None:
            at, staff = body.at or self.now, self.staff
            before = altering.swap(changes, body.line_no, body.sku, at, name=body.name, staff=staff)
            if before is None:
                return
            was = before.name or before.sku or str(before.line_no)
            words = {"before": was, "after": body.name or body.sku}
            self._flag(changes, store, Note(at, staff, altering.ATTRIBUTE, ""), words, words)

        return work

    def wish(self, body: WishBody) -> Work:
        """Take special requests: courier, invoice title, card text, delivery time."""

        def work(changes: Changes, store: Store) -> Sealed | None:
            at = body.at or self.now
            wishes = Wishes(
                courier=body.courier,
                delivery_time=body.delivery_time,
                invoice=self._hash(body.invoice_title),
                card=self._hash(body.card_text),
            )
            if not altering.wish(changes, wishes, at, staff=self.staff):
                return None
            shown, whole = "、".join(body.told(is_masked=True)), "、".join(body.told())
            note = Note(at, self.staff, altering.SPECIAL, "")
            self._flag(changes, store, note, {"text": shown}, {"text": whole})
            return Sealed(
                *(None,) * 4,
                invoice_title=self._seal(body.invoice_title),
                card_text=self._seal(body.card_text),
            )

        return work

    def _flag(
        self,
        changes: Changes,
        store: Store,
        note: Note,
        shown: Mapping[str, str],
        whole: Mapping[str, str],
    ) -> None:
        """Set the store's flag of a changed order, with its note of that kind of change."""
        sealed = None if shown == whole else self.personal.seal(_filled(store, note, whole))
        text, flag = _filled(store, note, shown), store.settings[FLAG] or None
        noting.put_note(changes, Note(note.at, note.staff, note.kind, text, flag, sealed))

    def _hash(self, text: str | None) -> str | None:
        return self.personal.hash(text) if text else None

    def _seal(self, text: str | None) -> bytes | None:
        return self.personal.seal(text) if text else None


def _filled(store: Store, note: Note, words: Mapping[str, str]) -> str:
    day = note.at.astimezone(ZoneInfo(store.calendar.timezone)).date()
    text: str = store.settings[NOTES][note.kind]
    values = {"date": day.isoformat(), "staff_number": note.staff, **words}
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
