"""Allergens that a label must name (TR TS 022/2011, article 4.4, point 14), with the words of it."""

from __future__ import annotations

from typing import Final

from line.documents import Text

ALLERGENS: Final = {
    "peanuts": Text(ru="арахис", en="peanuts"),
    "aspartame": Text(ru="аспартам", en="aspartame"),
    "mustard": Text(ru="горчица", en="mustard"),
    "sulphites": Text(ru="диоксид серы и сульфиты", en="sulphur dioxide and sulphites"),
    "gluten": Text(ru="злаки, содержащие глютен", en="cereals containing gluten"),
    "sesame": Text(ru="кунжут", en="sesame"),
    "lupin": Text(ru="люпин", en="lupin"),
    "molluscs": Text(ru="моллюски", en="molluscs"),
    "milk": Text(ru="молоко (в том числе лактоза)", en="milk (including lactose)"),
    "nuts": Text(ru="орехи", en="nuts"),
    "crustaceans": Text(ru="ракообразные", en="crustaceans"),
    "fish": Text(ru="рыба", en="fish"),
    "celery": Text(ru="сельдерей", en="celery"),
    "soya": Text(ru="соя", en="soya"),
    "eggs": Text(ru="яйца", en="eggs"),
}
