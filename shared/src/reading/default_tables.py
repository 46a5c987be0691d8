"""The tables that a group starts with. Data: a group edits its own copy, and every edit is a new version.

Order matters: the first category with a keyword that no exception hides wins, so the special ones come first (frozen
chicken is meat, orange juice a drink). Pounds are one group's long use of such tables, rounded.
Keywords match whole words and their plurals.
"""

from typing import Final

from contracts import Category, Tables

_CASES_OF_25: Final = {
    "case": 25.0, "box": 25.0, "crate": 25.0, "bin": 25.0, "tote": 25.0, "lug": 25.0,
    "bag": 8.0, "sack": 40.0, "flat": 12.0, "tray": 10.0, "carton": 20.0, "gaylord": 700.0, "pallet": 800.0,
    "bunch": 1.0, "head": 1.5, "each": 0.4, "item": 0.4, "package": 1.5, "pack": 1.5, "container": 1.5,
    "clamshell": 1.0, "dozen": 5.0, "bushel": 45.0, "basket": 10.0,
}  # fmt: skip


def _words(listed: str) -> tuple[str, ...]:
    """The phrases of a comma list."""
    return tuple(phrase.strip() for phrase in listed.split(","))


def _scaled(case: float, **others: float) -> dict[str, float]:
    """A category's units, from the pounds of one case; `others` override (`half_gallon` is `half gallon`)."""
    base = {
        "case": case, "box": case, "crate": case, "bin": case, "tote": case,
        "bag": case * 0.4, "sack": case, "flat": case * 0.7, "tray": case * 0.7, "carton": case * 0.5,
        "pallet": case * 30, "gaylord": case * 20,
    }  # fmt: skip
    given = {unit.replace("_", " "): pounds for unit, pounds in others.items()}
    return {unit: round(pounds, 2) for unit, pounds in (base | given).items()}


DEFAULT_TABLES: Final = Tables(
    categories=(
        Category(
            name="Non-Food",
            keywords=_words(
                "toilet paper, paper towel, paper product, hygiene, clothing, clothes, toy, textile, soap, shampoo, "
                "conditioner, diaper, wipe, sanitizer, glove, mask, tissue, non-food, non food, detergent, "
                "cleaning, laundry, toothbrush, toothpaste, deodorant, sanitary pad, tampon, napkin, bleach, dish "
                "soap, pet food, dog food, cat food, flower, plant, book, blanket, lotion, home goods, paper bag, "
                "plastic bag"
            ),
            exceptions=_words(
                "flower sprout, plant based, plant-based, cookie book, edible flower, egg plant"
            ),
            lbs_per_unit=_scaled(15, package=3, pack=3, roll=0.5, bottle=2, each=1),
        ),
        Category(
            name="Meat",
            keywords=_words(
                "chicken, chix, beef, pork, turkey, meat, fish, seafood, salmon, bacon, steak, shrimp, lamb, rib, "
                "thigh, breast, wing, sausage, chorizo, ham, tilapia, cod, scallop, crab, veal, goat, duck, "
                "meatball, burger, patty, patties, hot dog, salami, pepperoni, protein, bratwurst, brat, nugget, "
                "carnitas, tenderloin"
            ),
            exceptions=_words(
                "chicken soup, chicken noodle soup, cream of chicken, chicken broth, beef broth, chicken stock, "
                "beef stock, steak sauce, fish sauce, protein bar, protein shake, protein drink, protein powder, "
                "plant protein, lunch meat, lunchmeat, deli meat, canned chicken, canned salmon, canned fish, "
                "goldfish, swedish fish, chicken salad, ham salad, chicken ramen, mixed protein, crab apple, goat "
                "cheese, meat sauce, duck sauce, meatless, meat sauces, burger bun, hamburger bun, hot dog bun, "
                "beef jerky, beef stick, pork rind, cat litter"
            ),
            lbs_per_unit=_scaled(40, package=3, pack=3, each=3, item=3, container=2, can=1, bag=5),
        ),
        Category(
            name="Beverages",
            keywords=_words(
                "water, juice, soda, soft drink, coffee, tea, beverage, drink, kombucha, lemonade, gatorade, "
                "seltzer, pop, cola, pepsi, coke, sprite, energy drink, cider, oj, latte, creamer, powerade, ginger "
                "ale, smoothie, capri sun, sparkling, la croix, lacroix"
            ),
            exceptions=_words(
                "water chestnut, tea cake, tea cookie, yogurt drink, oat milk drink, milk drink, coffee cake, juice "
                "box straw, pop tart, pop corn, soda bread, soda cracker, baking soda, popsicle, smoothie kit, "
                "dairy creamer, cake pop"
            ),
            lbs_per_unit=_scaled(35, gallon=8.6, half_gallon=4.3, bottle=2, can=1, liter=2.2, jug=8.6, pack=5, each=2,
                                 item=2, dozen=12, container=4, carton=4, quart=2.1, package=5, jar=2),
        ),
        Category(
            name="Dairy",
            keywords=_words(
                "milk, dairy, half and half, half & half, kefir, buttermilk"
            ),
            exceptions=_words(
                "milk chocolate, coconut milk can, milk bread, milk bone"
            ),
            lbs_per_unit=_scaled(40, gallon=8.6, half_gallon=4.3, quart=2.1, pint=1.1, liter=2.2, bottle=2, jug=8.6,
                                 carton=4, each=4, item=4, crate=40, container=2),
        ),
        Category(
            name="Bread/Bakery",
            keywords=_words(
                "bread, bakery, baked good, pastry, pastries, bun, bagel, tortilla, muffin, donut, doughnut, cake, "
                "croissant, cookie, pie, biscuit, loaf, loaves, concha, tart, cupcake, brownie, dessert, pita, "
                "naan, flatbread, baguette, danish, scone, cinnamon roll, crescent roll, roll, sweets, pan dulce, "
                "challah, focaccia, sourdough"
            ),
            exceptions=_words(
                "bread crumb, tortilla chip, cookie dough, pancake, rice cake, pot pie, egg roll, spring roll, roll "
                "up, fruit roll, tootsie roll, biscuit mix, cake mix, muffin mix, cookie mix, brownie mix, breaded, "
                "bread mix, fish cake, crab cake, pizza roll, sushi roll, pie filling, pie crust, pop tart, "
                "shepherd's pie, paper roll, cookie bar mix, frozen bread dough"
            ),
            lbs_per_unit=_scaled(15, loaf=1.5, package=1.5, pack=1.5, each=1.2, item=1.2, dozen=3, bag=8, rack=30,
                                 stack=30, cart=80, bin=25, bundle=5, roll=0.2),
        ),
        Category(
            name="Assorted Freezer",
            keywords=_words(
                "frozen, frzn, ice cream, popsicle, freezer, pizza, waffle, burrito, egg roll, pot pie, gelato, "
                "sorbet, french fries, tater tot, hash brown"
            ),
            exceptions=_words(
                "waffle mix, pizza sauce, pizza dough mix, waffle cone, ice cream cone, burrito bowl"
            ),
            lbs_per_unit=_scaled(25, package=2, pack=2, each=1.5, item=1.5, tub=3, gallon=5, pint=1, container=2, bag=8,
                                 carton=3, half_gallon=3, bucket=8),
        ),
        Category(
            name="Deli/Prepared",
            keywords=_words(
                "egg, yogurt, yoghurt, cheese, deli, prepared, refrigerated, hummus, butter, cream, lunch meat, "
                "lunchmeat, deli meat, sandwich, salad kit, dip, guacamole, gyro, cooler, queso, meal, salsa "
                "fresca, tofu, wrap, sushi, pesto, kimchi, margarine, mozzarella, chicken salad, ham salad, egg "
                "salad, potato salad, pasta salad, lasagna, ravioli, pudding, lunchable, tamale, empanada, entree, "
                "hot food, tzatziki"
            ),
            exceptions=_words(
                "peanut butter, almond butter, apple butter, mac and cheese, mac & cheese, mac n cheese, mac "
                "cheese, macaroni and cheese, cream of, ice cream, egg noodle, oatmeal, cornmeal, wrapping, cheez, "
                "cheese cracker, cheese puff, cream cookie, eggnog mix, sandwich cookie, butter lettuce, butternut, "
                "butter bean, cream corn, cream soda, meal kit box, sandwich bag, pudding mix, cookie dip, nut "
                "butter, sunflower butter, creamed corn, egg plant, ravioli can, butter cracker"
            ),
            lbs_per_unit=_scaled(30, package=1.5, pack=1.5, each=1, item=1, dozen=1.5, tub=1.5, container=1.5,
                                 carton=1.5, gallon=8, flat=20, tray=6, pan=6, jar=1),
        ),
        Category(
            name="Grocery",
            keywords=_words(
                "dry, cereal, pasta, rice, flour, sugar, bean, lentil, split pea, black eyed pea, canned, soup, "
                "sauce, oil, spice, condiment, grocery, groceries, oatmeal, oat, grits, noodle, cracker, chip, "
                "snack, peanut butter, almond butter, jelly, jam, ramen, mac and cheese, mac & cheese, mac n "
                "cheese, mac cheese, macaroni, pantry, shelf stable, granola, popcorn, pretzel, dried, stuffing, "
                "ketchup, mustard, mayo, salsa, seasoning, nuts, walnut, peanut, almond, cashew, pecan, pistachio, "
                "pancake, cake mix, mix, baby food, formula, candy, chocolate, bar, broth, stock, vinegar, syrup, "
                "honey, spaghetti, tuna, applesauce, apple sauce, raisin, seed, chickpea, garbanzo, hominy, "
                "cornmeal, baking soda, protein bar, trail mix, jello, pop tart, dressing, cans, goldfish, "
                "marshmallow, spread, fruit snack, veggie straw, rice cake, breadcrumb, bread crumb, taco shell, "
                "pickle, olive, k-cup, beef jerky, coconut milk, spam, salt, kool aid, powder"
            ),
            exceptions=_words(
                "green bean, salad mix, spring mix, kale mix, fruit mix fresh, veggie mix, mixed greens, bar soap, "
                "bean sprout, string bean, snap pea, salad dressing kit, chip dip, dry ice, jam pepper, mustard "
                "green, fresh salsa, spaghetti squash, chocolate milk, stock pot, apple chips fresh"
            ),
            lbs_per_unit=_scaled(25, package=1.5, pack=1.5, can=1, jar=1.5, bottle=1.5, each=1, item=1, dozen=12,
                                 bucket=20, container=1.5, bag=5, sack=40, gallon=8, cup=0.2, bar=0.1),
        ),
        Category(
            name="Produce",
            keywords=_words(
                "apple, banana, orange, potato, tomato, carrot, lettuce, broccoli, broccolini, spinach, grape, "
                "berry, berries, blueberry, blueberries, strawberry, strawberries, raspberry, raspberries, "
                "blackberry, blackberries, cherry, cherries, melon, watermelon, cantaloupe, honeydew, vegetable, "
                "fruit, produce, salad, green, celery, pepper, cucumber, cuke, onion, squash, zucchini, kale, "
                "avocado, mushroom, corn, cabbage, collard, chard, herb, parsley, cilantro, lemon, lime, citrus, "
                "mango, pear, peach, plum, radish, beet, turnip, eggplant, asparagus, artichoke, tomatillo, "
                "pineapple, cauliflower, nectarine, bok choy, bok choi, chayote, jicama, kiwi, clementine, cutie, "
                "tangerine, mandarin, grapefruit, romaine, arugula, spring mix, veggie, veg, brussel sprout, "
                "brussels sprout, sprout, jalapeno, jalapeño, poblano, garlic, ginger, leek, scallion, yam, okra, "
                "plantain, papaya, guava, cranberry, cranberries, apricot, fig, pomegranate, persimmon, fennel, "
                "parsnip, rutabaga, kohlrabi, daikon, endive, radicchio, watercress, dill, basil, mint, rosemary, "
                "thyme, snap pea, green bean, pea, pumpkin, gourd, cubanelle, shishito, serrano, habanero, nopales, "
                "cactus, tomatoe, potatoe, slaw, coleslaw, microgreen, mesclun, escarole, bean, mix, lychee, "
                "dragonfruit"
            ),
            lbs_per_unit=_CASES_OF_25,
        ),
    ),
    item_units={
        "egg": {"case": 24.0, "box": 24.0, "dozen": 1.5, "flat": 4.0, "tray": 4.0, "carton": 1.5, "each": 0.125},
        "milk": {"gallon": 8.6, "half gallon": 4.3, "crate": 36.0, "case": 36.0, "carton": 4.3},
        "potato": {"case": 45.0, "box": 45.0, "bag": 10.0, "sack": 50.0, "each": 0.5},
        "onion": {"case": 40.0, "box": 40.0, "bag": 10.0, "sack": 50.0, "each": 0.4},
        "cabbage": {"case": 45.0, "box": 45.0, "each": 2.5, "head": 2.5},
        "watermelon": {"each": 15.0, "gaylord": 800.0, "box": 60.0, "case": 60.0},
        "cantaloupe": {"each": 4.0},
        "pineapple": {"each": 4.0},
        "banana": {"case": 40.0, "box": 40.0, "bunch": 2.0, "each": 0.3},
        "lettuce": {"case": 20.0, "box": 20.0, "head": 1.0, "each": 1.0},
        "spinach": {"case": 8.0, "box": 8.0, "bag": 1.0},
        "greens": {"case": 15.0, "box": 15.0, "bag": 2.0, "bunch": 0.75},
        "salad": {"case": 10.0, "box": 10.0, "bag": 1.0},
        "herb": {"case": 5.0, "box": 5.0, "bunch": 0.25},
        "cilantro": {"case": 12.0, "box": 12.0, "bunch": 0.25},
        "strawberry": {"flat": 9.0, "case": 9.0, "clamshell": 1.0},
        "strawberries": {"flat": 9.0, "case": 9.0, "clamshell": 1.0},
        "cereal": {"case": 10.0, "box": 10.0, "package": 1.0},
        "chip": {"case": 8.0, "box": 8.0, "bag": 0.6},
        "popcorn": {"case": 6.0, "box": 6.0, "bag": 0.5},
        "bread": {"loaf": 1.5, "rack": 30.0},
        "toilet paper": {"package": 4.0, "pack": 4.0, "case": 20.0},
    },
    units={
        "case": 25.0, "box": 20.0, "crate": 25.0, "bin": 25.0, "tote": 25.0, "lug": 25.0,
        "bag": 8.0, "sack": 40.0, "flat": 12.0, "tray": 8.0, "carton": 12.0, "pallet": 700.0, "gaylord": 600.0,
        "gallon": 8.3, "half gallon": 4.2, "quart": 2.1, "pint": 1.0, "half pint": 0.5, "liter": 2.2, "dozen": 5.0,
        "package": 1.5,
        "pack": 1.5, "can": 1.0, "jar": 1.5, "bottle": 2.0, "tub": 1.5, "loaf": 1.5, "bunch": 1.0, "head": 1.5,
        "clamshell": 1.0, "container": 1.5, "cart": 60.0, "rack": 30.0, "stack": 20.0, "bundle": 4.0, "batch": 4.0,
        "bucket": 20.0, "pail": 20.0, "basket": 10.0, "bushel": 45.0, "cooler": 25.0, "jug": 8.3, "sleeve": 1.0,
        "handful": 0.5, "each": 1.0, "item": 1.0,
    },
)  # fmt: skip
