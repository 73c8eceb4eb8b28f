"""The SEPA credit transfer file: ISO 20022 pain.001.001.09, checked against its schema."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sepaxml import SepaTransfer

SCHEMA = "pain.001.001.09"


@dataclass(frozen=True)
class Party:
    """An account and whose it is. The BIC may be empty: within SEPA the IBAN says it all."""

    name: str
    iban: str
    bic: str = ""


@dataclass(frozen=True)
class Transfer:
    """One payment of `cents` to somebody. `reference` comes back with it if it can't be booked."""

    reference: UUID
    to: Party
    cents: int
    text: str


def file(message: UUID, payer: Party, transfers: Sequence[Transfer], on: date) -> str:
    """The XML of one batch, to be executed on a day.

    `message` is the file's own id: a bank that gets it twice refuses the second. Names are written
    in the letters that every bank takes. Raises sepaxml's ValidationError for what the schema refuses.
    """
    config = {
        "name": payer.name,
        "IBAN": payer.iban,
        "batch": True,
        "currency": "EUR",
        **({"BIC": payer.bic} if payer.bic else {}),
    }
    made = SepaTransfer(config, schema=SCHEMA, clean=True)
    made.msg_id = message.hex
    # sepaxml takes its header from the message id of the moment.
    header = made._xml.find("CstmrCdtTrfInitn/GrpHdr/MsgId")
    header.text = message.hex
    for transfer in transfers:
        made.add_payment(
            {
                "name": transfer.to.name,
                "IBAN": transfer.to.iban,
                **({"BIC": transfer.to.bic} if transfer.to.bic else {}),
                "amount": transfer.cents,
                "execution_date": on,
                "description": transfer.text,
                "endtoend_id": transfer.reference.hex,
            }
        )
    return str(made.export(validate=True).decode())
