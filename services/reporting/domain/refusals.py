"""What reporting refuses to answer."""

from shared.kernel.refusals import Refusal


class BadParameterError(Refusal):
    """A parameter asks for what there is not; `parameter` names it."""

    kind = "bad-parameter"
    status = 400


class UnknownStoreError(Refusal):
    """A store that was asked for is not known (yet)."""

    kind = "unknown-store"
    status = 404


class MixedCurrenciesError(Refusal):
    """Money of different currencies would have to be added up."""

    kind = "mixed-currencies"
    status = 422


class AnswerTooLargeError(Refusal):
    """More rows than an answer may have; nothing is cut off silently."""

    kind = "answer-too-large"
    status = 422


class RebuildMissingError(Refusal):
    """There is no such rebuild."""

    kind = "rebuild-missing"
    status = 404


class RebuildUnfitError(Refusal):
    """The rebuild is not in a state for this, or another one is open; `state` says which."""

    kind = "rebuild-unfit"
    status = 409


class NotAllStoresError(Refusal):
    """Figures of all stores are rebuilt together, and the caller may not see all."""

    kind = "not-all-stores"
    status = 403
