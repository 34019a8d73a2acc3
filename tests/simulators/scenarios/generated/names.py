"""Invented people, from lists of common names."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.simulators.scenarios.people import PLACES

GIVEN = """
Ada Alan Amara Ana Andre Aisha Ben Bruno Carla Chen Clara Dana David Diego Elena Emil Eva Fatima
Femi Finn Grace Hana Hugo Ida Igor Ines Isaac Ivy Jamal Jana Jin Joel Julia Kai Karim Kate Kofi Lara
Leo Lena Liam Lucia Maja Marco Maria Mei Mila Milan Mina Nadia Nils Noa Nora Olga Omar Oscar Paula
Petra Priya Rafael
"""
FAMILY = """
Abbott Adeyemi Ahmed Alvarez Baker Bauer Bennett Berg Bianchi Braun Carter Castro Chang Cohen Costa
Cruz Davis Dubois Ellis Evans Fischer Foster Garcia Gray Haddad Hall Hansen Hayes Hill Horvat Hughes
Ito Jensen Jones Kaya Kelly Khan Kim Klein Kovacs Kumar Lang Larsen Lee Lopez Martin Mendez Meyer
Miller Moreau Morris Nagy Nguyen Novak Okafor Olsen Ortiz Owens Park Patel Perez Price Ramos Reed
Rossi Santos Sato Schmidt Silva
"""
TRADES = ("Bakery", "Consulting", "Design", "Dental", "Fitness", "Law", "Realty", "Studio", "Travel", "Yoga")


def contact(rng: Random, contact_id: int) -> dict[str, Any]:
    """The fields of a contact; its e-mail address names its id, so that no two are equal."""
    given, family = rng.choice(GIVEN.split()), rng.choice(FAMILY.split())
    who: dict[str, Any] = {
        "given_name": given,
        "family_name": family,
        "email": f"{given}.{family}.{contact_id}@example.com".lower() if rng.random() < 0.98 else "",
        "company": f"{family} {rng.choice(TRADES)}" if rng.random() < 0.2 else "",
        "phone": f"+1 555 01{rng.randrange(100):02d}" if rng.random() < 0.4 else "",
    }
    if rng.random() < 0.7:
        who["address"] = PLACES[rng.choice(sorted(PLACES))]
    return who
