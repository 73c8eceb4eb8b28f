"""Who hears what: one group per principal. The writer of an event picks the recipients."""

from uuid import UUID


def agent(agent_id: UUID | str) -> str:
    """The group of one agent: every socket she has open."""
    return f"agent.{agent_id}"


def customer(customer_id: UUID | str) -> str:
    """The group of one customer: every tab that has the chat open."""
    return f"customer.{customer_id}"
