"""An order of a shop on Bitrix24, paid by YooKassa and booked in 1C."""

from dataclasses import dataclass

from ingest.demo.kit import CD, EP, ER, PP, PR, WO, WP
from ingest.demo.story import Story, guid
from ingest.demo.timeline import DAY, MINUTE, moment
from ingest.demo.truth import Record


@dataclass
class Sale:
    """One order, paid by card; each method writes one system's part."""

    story: Story
    number: int
    paid: int
    amount: int
    attempt: int = 1

    @property
    def order(self) -> str:
        """The number of the order that people see."""
        return str(self.number)

    @property
    def payment(self) -> str:
        """The number of the shop's payment."""
        return f"{self.number}/{self.attempt}"

    @property
    def provider_payment(self) -> str:
        """YooKassa's id."""
        return guid(f"yookassa {self.payment}")

    @property
    def document(self) -> str:
        """Ref_Key of 1C's document."""
        return guid(f"Оплата картой {self.payment}")

    def at(self, days: int, hour: int, minute: int = 0) -> int:
        """A wall clock time some days after payment."""
        return moment(self.paid // DAY + days, hour, minute)

    # ---------- Bitrix24

    def write_order(self, status: str = "paid", at: int | None = None, amount: int | None = None) -> Record:
        """The order, made a quarter of an hour before payment."""
        at = self.paid + MINUTE if at is None else at
        return self.story.tell(
            WO,
            at,
            order_id=self.order,
            customer_id=str(self.number % 50 + 2),
            amount=self.amount if amount is None else amount,
            currency="RUB",
            status=status,
            created_at=self.paid - 15 * MINUTE,
            updated_at=at,
        )

    def write_shop(
        self, status: str = "paid", at: int | None = None, *, amount: int | None = None, source: str = "webhook"
    ) -> Record:
        """The payment of the order."""
        at = self.paid + MINUTE if at is None else at
        return self.story.tell(
            WP,
            at,
            payment_id=self.payment,
            order_id=self.order,
            provider_payment_id=self.provider_payment,
            amount=self.amount if amount is None else amount,
            currency="RUB",
            status=status,
            status_source=source,
            created_at=self.paid - 14 * MINUTE,
            paid_at=at if status == "paid" else None,
        )

    def write_deal(self, status: str = "paid", at: int | None = None) -> Record:
        """The deal; won is paid, lost is cancelled."""
        at = self.paid + 30 * MINUTE if at is None else at
        return self.story.tell(
            CD,
            at,
            deal_id=str(self.number + 7_000),
            order_id=self.order,
            payment_status=status,
            amount=self.amount,
            currency="RUB",
            updated_at=at,
        )

    # ---------- YooKassa

    def write_provider(self, status: str = "paid", *, at: int | None = None, named: bool = True) -> Record:
        """The payment; ``named``: the shop sent its numbers. 3.5 % stay with YooKassa."""
        is_paid = status == "paid"
        at = self.paid if at is None else at
        return self.story.tell(
            PP,
            at,
            provider_payment_id=self.provider_payment,
            provider_reference=f"6274{self.number:06}{self.attempt:02}" if status != "pending" else "",
            payment_id=self.payment if named else "",
            order_id=self.order if named else "",
            status=status,
            amount=self.amount,
            currency="RUB",
            fee_amount=self.amount * 35 // 1000 if is_paid else None,
            method="card",
            created_at=self.paid - 2 * MINUTE,
            paid_at=at if is_paid else None,
        )

    def write_refund(self, at: int, amount: int) -> Record:
        """A refund, executed when it was asked for."""
        return self.story.tell(
            PR,
            at,
            provider_refund_id=self.refund(at),
            provider_payment_id=self.provider_payment,
            amount=amount,
            currency="RUB",
            status="succeeded",
            created_at=at,
            refunded_at=at,
        )

    def refund(self, at: int) -> str:
        """YooKassa's id of the refund made at that time."""
        return guid(f"yookassa refund {self.payment} {at}")

    # ---------- 1C

    def write_document(
        self,
        at: int | None = None,
        *,
        dated: int | None = None,
        amount: int | None = None,
        posted: bool = True,
        deleted: bool = False,
        suffix: str = "",
    ) -> Record:
        """The payment by card, by default entered the next morning."""
        at = self.at(1, 9) if at is None else at
        return self.story.tell(
            EP,
            at,
            erp_document_id=guid(f"Оплата картой {self.payment}{suffix}"),
            document_type="customer_card_payment",
            number=f"К-{self.number}{suffix}",
            posted=posted,
            deleted=deleted,
            document_date=at if dated is None else dated,
            provider_reference=f"6274{self.number:06}{self.attempt:02}",
            amount=self.amount if amount is None else amount,
            currency="RUB",
            is_manual=False,
        )

    def write_document_refund(self, at: int, amount: int) -> Record:
        """The money that went back, on the ground of the payment's document."""
        return self.story.tell(
            ER,
            at,
            erp_document_id=self.document_refund(at),
            number=f"В-{self.number}",
            posted=True,
            deleted=False,
            document_date=at,
            original_erp_document_id=self.document,
            amount=amount,
            currency="RUB",
            is_manual=False,
        )

    def document_refund(self, at: int) -> str:
        """Ref_Key of that document."""
        return guid(f"Списание {self.payment} {at}")

    # ---------- all of them

    def write_all_but(self, *left_out: str) -> None:
        """What happens when all goes well, except the parts named (order, shop, deal, provider, document)."""
        for name in ("order", "shop", "deal", "provider", "document"):
            if name not in left_out:
                getattr(self, f"write_{name}")()
