"""Procurement: codes, numbers and places of public buying."""

from matcher.procurement.codebook import CodeBook
from matcher.procurement.cpv import DIVISIONS, CpvTable, cpv_level, read_cpv
from matcher.procurement.currencies import CURRENCIES, read_currency
from matcher.procurement.distances import distance_km
from matcher.procurement.organisation_numbers import read_organisation_number
from matcher.procurement.places import (
    COUNTIES,
    MUNICIPALITIES,
    SAMPLE_MUNICIPALITIES,
    County,
    county_of,
    find_municipality,
    nuts_of,
    place_name,
    read_municipality,
    read_region,
)
from matcher.procurement.suggesting import CpvRanking, CpvSuggester, CpvSuggestion, Familiar

__all__ = [
    "COUNTIES",
    "CURRENCIES",
    "DIVISIONS",
    "MUNICIPALITIES",
    "SAMPLE_MUNICIPALITIES",
    "CodeBook",
    "County",
    "CpvRanking",
    "CpvSuggester",
    "CpvSuggestion",
    "CpvTable",
    "Familiar",
    "county_of",
    "cpv_level",
    "distance_km",
    "find_municipality",
    "nuts_of",
    "place_name",
    "read_cpv",
    "read_currency",
    "read_municipality",
    "read_organisation_number",
    "read_region",
]
