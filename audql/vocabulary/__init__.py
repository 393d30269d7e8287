"""The fields and functions of people and learning: a plugin like any other, and the one that ships."""

from audql.vocabulary.functions import FUNCTIONS
from audql.vocabulary.people import DEFAULT_KIND, KINDS, PEOPLE

__all__ = ["DEFAULT_KIND", "FUNCTIONS", "KINDS", "PEOPLE"]
