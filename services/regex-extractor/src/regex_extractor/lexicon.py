"""The words that carry structure: sizes, cuts, verbs, fillers. Data only, lower case; food names are not here."""

from typing import Final


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


SIZES: Final = _words(
    "large lg lrg big bigger small sm sml smaller medium med mini tiny little lil giant gigantic huge jumbo massive "
    "xl xlarge extra-large oversized entire full whole fullsize full-size heaping overflowing partial halfsize tall "
    "short very super pretty"
)
"""Words about the container; they stand before the unit and are no part of the name."""

BEFORE_UNIT: Final = SIZES | _words(
    "assorted asst asstd misc miscellaneous mixed random various more additional extra other separate individual "
    "sealed unopened reusable plastic cardboard paper garbage trash black white blue brown loose nice good great "
    "heavy ripe of stuffed packed different"
)
"""Words that may stand between a quantity and a unit that is followed by `of`."""

MORE: Final = frozenset({"more", "additional", "extra", "other", "x", "×", "total", "or", "so", "ish", "about", "full"})
ABOUT: Final = frozenset(
    {"about", "abt", "approx", "appx", "approximately", "around", "roughly", "nearly", "almost", "maybe", "~", "≈"}
)
VAGUE: Final = frozenset(
    {"some", "several", "many", "multiple", "numerous", "various", "lots", "lotta", "tons", "assorted"}
)
OF: Final = frozenset({"of", "off", "o", "if", "0f", "fo"})
"""`of` and the typos that are one only right behind a unit."""

MEASURES: Final = _words(
    "oz ozs ounce ounces fl lb lbs # pound pounds ct count cnt pk pack packs pc pcs g gram grams kg ml l liter "
    'liters inch inches in " gal gallon qt quart pint pints lbs. oz. ct. roll rolls'
)
"""After a number, before a unit: the size of the unit, not the count."""

WEIGHTS: Final = frozenset({"lb", "lbs", "#", "pound", "pounds"})

TRAILING_UNITS: Final = _words(
    "box case bag crate bin tote pallet carton sack can jar jug bottle flat tray tub pack package container bunch "
    "bundle loaf lug clamshell dozen gallon"
)
"""Units that a name may end with and that then count it: `10 produce boxes`."""

BARE_UNITS: Final = frozenset(
    {
        "case",
        "box",
        "bag",
        "crate",
        "pallet",
        "sack",
        "tote",
        "gaylord",
        "bin",
        "carton",
        "tub",
        "lug",
        "bushel",
        "dozen",
    }
)
"""Units that begin an item without a number (`Case pears`); others need `of` (`Flat of nectarines`)."""

CUTS: Final = _words(
    "that which especially except excluding because since although though but however still expiring expires expired "
    "exp past-date left remaining donated including incl mainly mostly back like were was are is has have had will "
    "would can't cannot couldn't didn't don't if so unless until dropped took taken brought delivered went going i "
    "we they you it he she i'm we're they're it's there there's here per each total esp plus minus while via "
    "courtesy shared given gave kept used put moved now today yesterday tomorrow tonight looks looked seems seemed "
    "worth please thanks thank approx approximately about when where who what why how etc any most"
)
"""Words that end a name: what follows says something about the item."""

STORAGE: Final = _words(
    "freezer freezers fridge cooler coolers coolbot storage walk-in walkin pantry shelf shelves area space room rack "
    "floor corner garage basement car van truck warehouse kitchen hallway door entrance table left right back front "
    "chest reach-in walk section"
)
"""Where things stand inside the warehouse; no place of its own."""

TAKE: Final = _words(
    "took take takes taking taken grabbed grab grabbing got snagged liberated claimed claiming reserved reserving "
    "scored nabbed pulled distroed distro'd distrod requested used aside pilfered swiped procured acquired selected "
    "chose borrowed tookk toook composted"
)
PICK: Final = _words(
    "picked pick picks picking pickup pick-up pickups pick-ups rescued rescue rescues rescuing scooped scoop collected "
    "collecting gathered retrieved haul hauls hauled recovered p/u pu recovery gleaned gleaning gleanings rescure"
)
DROP: Final = _words(
    "dropped drop drops dropping dropoff drop-off dropoffs drop-offs droped delivered deliver delivering delivery "
    "brought bring bringing unloaded donated arrived arriving incoming unloading deposited received receive recieved "
    "donation"
)
SEND: Final = _words(
    "sent send sending stocked restocked stocking distributed distributing went moved departed shared gave given put "
    "placed transferred transported redistributed going headed heading split"
)
ASKING: Final = _words(
    "can could would should please need needs needed want wants wanted looking anyone someone somebody if will won't "
    "gonna plan planning hoping wondering maybe might does did"
)
"""Words of requests and plans: nothing has moved yet."""

REQUESTS: Final = ASKING - {"need", "needs", "needed", "want", "wanted", "did", "does", "if", "someone", "somebody"}

RESCUE_NOUNS: Final = _words(
    "rescue pickup pick-up haul hauls pickups pick-ups rescues run donation donations drop dropoff drop-off delivery "
    "log logs pick drops load recovery shipment gleanings gleaning"
)
"""After a place they make it a source: `Corner Market haul`."""

RUNS: Final = frozenset({"run", "runs", "shipment", "load", "order", "stop"})
"""Like rescue nouns, and no verbs: they move something only behind a place."""

TAKE_NOUNS: Final = frozenset({"bags", "bag", "distro", "distribution", "market", "specials"})
"""After a place they make it a taker: `Northside market bags`."""

WEEKDAYS: Final = _words(
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed weds thu thur thurs fri sat sun"
)
TIMES: Final = WEEKDAYS | _words(
    "today yesterday tomorrow tonight morning afternoon evening night last this week weekend earlier just now later "
    "am pm noon past next monday's tuesday's wednesday's thursday's friday's saturday's sunday's today's yesterday's "
    "january february march april may june july august september october november december jan feb mar apr jun jul "
    "aug sept sep oct nov dec"
)
PRONOUNS: Final = _words("i we they you he she it me us them someone somebody everyone anyone folks people")
DETERMINERS: Final = _words("the a an our my your their his her this these those some various")
PREPOSITIONS: Final = _words("from to at for with in on into by of out off via near behind @ onto through and")

PURPOSES: Final = _words(
    "distro distros distribution distributions bags bag build builds market event events week weekend compost "
    "families family neighbors volunteers people folks us me you them myself everyone anyone pickup pick delivery "
    "deliveries specials kids lunch dinner cooking meals meal later now reference example reporting free sure good "
    "all some storage members home transport transportation our mutual"
)
"""What food is `for` without being a place."""

STOCK: Final = frozenset({"please", "inventory", "stock", "available", "grabs", "remaining", "still"})
"""A list under such a heading stands somewhere; it has not moved."""

WANTED: Final = frozenset({"wishlist", "wish", "shopping", "needs", "need", "buy", "purchase", "wanted", "looking"})
"""A list under such a heading is not there at all."""

VERBS: Final = _words(
    "took grabbed picked dropped delivered brought received sent scooped snagged liberated distributed distroed "
    "distro'd rescued collected claimed reserved stocked donated unloaded picking dropping taking grabbing "
    "delivering bringing got left moved composted disposed departed cleaned organized consolidated"
)
"""Forms that are verbs wherever they stand; none of them is part of an item's name."""

CONNECTORS: Final = _words("also plus and then additionally oh ah ok okay hey hi hello n but with")
BEFORE_BARE_UNIT: Final = _words("the last final my our their whole entire another this")
ABBREVIATIONS: Final = _words("misc asst assted assorted approx lg sm med sml st mr mrs ms dr vs ave exp incl pkgd ea")
INFINITIVES: Final = _words("go eat cook bake serve share drink heat use")
LEADING: Final = _words("mainly mostly with the just actual about approximately")
"""Words that are skipped before a name."""
GENERIC: Final = _words(
    "thing things item items stuff other others kind kinds people person persons family families time times minute "
    "minutes hour hours day days week weeks month months volunteer volunteers trip trips place places spot stop "
    "stops location locations car cars us them folks neighbors total more left rest ones one pm am miles blocks guys "
    "friends goods power person/people slots shifts boxes bags cases year years dollars bucks households ppl orders "
    "runs degrees"
)
"""What is counted without being food: a name of nothing but such words is none."""

NEGATIONS: Final = _words("not won't didn't don't can't cannot couldn't never no without isn't wasn't nothing")
WHOLES: Final = _words("all everything rest most some extras half remainder both remaining leftovers stuff others")
"""What a sentence that tells where the food went begins with."""
ORGANISATIONS: Final = _words(
    "mutual aid pantry church fridge fridges network kitchen center centre shelter collective market foods farm "
    "farms foundation coalition alliance ministries ministry garden gardens co-op coop bakery cafe store club hub "
    "house school program union council project bank library academy temple mosque parish mission clinic bodega "
    "orchard orchards grocery grocers deli restaurant kitchens pantries schools"
)
"""Words that make an unknown run of words an organisation."""
GIVERS: Final = _words(
    "farm farms garden gardens orchard orchards bakery market store grocery grocers deli cafe restaurant foods bodega "
    "csa"
)
"""Words of an unknown organisation that food comes from."""
RECEIVERS: Final = _words("fridge fridges shelter shelters house school church kitchen aid")
"""Words of a place that food goes to, when nothing else tells."""
REMARKS: Final = _words(
    "need needs very slightly really kinda pretty getting looks bruised overripe ripe wilted damaged soft good great "
    "still ready only super best barely almost"
)
"""Behind a comma they begin a remark about the food before it."""
NUMBERED: Final = frozenset({"size", "stage", "grade", "type", "no", "#"})
"""A number behind these belongs to the name: `diapers size 4`."""
DATED: Final = TIMES | frozenset({"from", "for", "within", "by", "until", "thru", "through"})
"""After `dated`, what makes it the end of a name; elsewhere it is a part (`past dated milk`)."""

AMOUNTS: Final = _words("assortment variety lot lots ton tons bunch handful mix bit plenty selection collection load")
"""Before `of`: an amount without a number."""

HYPERNYMS: Final = _words("produce veggies vegetables veg groceries")
"""A name that is only such a word and goes on with a comma is explained by what follows."""

REASONS: Final = frozenset({"because", "due", "since", "cause", "cuz"})
NOT_TO: Final = _words(
    "belongs belong thanks thank next close according addition open due had have has need needs want wants going"
)
"""Before `to`, these name no destination."""

UNCOUNTABLE: Final = _words(
    "shift shifts minute minutes min mins hour hours hr hrs day days week weeks month months year years kid kids "
    "people person ppl volunteer volunteers family families adult adults mile miles degree degrees dollars bucks "
    "spot spots slot slots trip trips driver drivers truck trucks crew empties stops digits percent fridges of us "
    "grant"
)
"""What is counted in messages and is no food, whatever follows it."""

HOURS: Final = frozenset({"hour", "hours", "hrs", "minute", "minutes", "mins"})
"""`took about 2 hours` takes nothing."""
