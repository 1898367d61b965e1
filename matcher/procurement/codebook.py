"""All checks of codes in one object, as readers of files want them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from matcher.procurement.cpv import CpvTable, read_cpv
from matcher.procurement.currencies import read_currency
from matcher.procurement.organisation_numbers import read_organisation_number
from matcher.procurement.places import find_municipality, read_municipality, read_region

_CACHED = 50_000


class CodeBook:
    """Reads codes as people write them and returns their usual form.

    Each method raises ``InvalidInput`` with a remedy for what is wrong.

    Parameters
    ----------
    cpv
        The official CPV list; None checks form and division alone.
    """

    def __init__(self, cpv: CpvTable | None = None) -> None:
        self.table = cpv
        # Files repeat few codes often; wrong ones are not kept.
        self.cpv = lru_cache(_CACHED)(read_cpv if cpv is None else cpv.read)
        self.municipality = lru_cache(_CACHED)(read_municipality)
        self.region = lru_cache(_CACHED)(read_region)
        self.organisation_number = lru_cache(_CACHED)(read_organisation_number)
        self.currency = lru_cache(_CACHED)(read_currency)
        self.find_municipality = lru_cache(_CACHED)(find_municipality)

    @classmethod
    def load(cls, cpv_file: Path | None = None) -> CodeBook:
        """Make a code book with the CPV list of a file, if one is given.

        Raises
        ------
        UnreadableFile
            If the file is missing or no CPV list.
        """
        return cls(None if cpv_file is None else CpvTable.load(cpv_file))
