# ruff: noqa: E501, SIM905 -- tables of words read better in long lines
"""Words for generated messages: foods, stores, headings, and small talk. Data only.

Nothing here comes from a real group's messages; invented words, which `synthesize` makes, stand beside these so that
the model learns to copy rather than to remember.
"""

import re

FOODS = """
apples bananas oranges pears peaches plums nectarines grapes strawberries blueberries raspberries blackberries
melons watermelon cantaloupe pineapple mangos kiwis lemons limes grapefruit clementines tangerines cherries apricots
avocados tomatoes potatoes onions carrots celery lettuce spinach kale chard collards cabbage broccoli cauliflower
zucchini squash cucumbers peppers jalapenos eggplant mushrooms corn radishes beets turnips leeks garlic ginger
asparagus peas okra cilantro parsley basil herbs arugula romaine yams parsnips artichokes fennel scallions sprouts
tomatillos chayote jicama bread bagels buns rolls tortillas pita croissants muffins donuts pastries cookies cakes
pies brownies baguettes wraps milk cheese yogurt butter cream eggs kefir creamer queso hummus dips salsa guacamole
tofu tempeh chicken beef pork turkey ham bacon sausage fish salmon tuna shrimp meat ribs meatballs steak lamb rice
pasta noodles beans lentils cereal oatmeal granola flour sugar oil vinegar honey jam jelly ketchup mustard mayo soup
broth stew chili crackers chips pretzels popcorn nuts almonds peanuts raisins candy chocolate snacks bars juice soda
water coffee tea lemonade cider kombucha seltzer gatorade formula pizza burritos ravioli lasagna sandwiches salads
soups dumplings waffles pancakes fries nuggets entrees meals produce dairy deli bakery grocery frozen groceries
greens veggies vegetables fruit fruits berries sweets diapers soap shampoo toothpaste detergent wipes sanitizer
napkins flowers tampons masks
""".split()

MODIFIERS = """
frozen fresh canned dried mixed misc assorted asst random organic baby sweet red green yellow white black purple
russet roma cherry whole ground sliced shredded bagged packaged prepared cooked smoked raw ripe big mini giant local
vegan gluten-free low-fat skim chocolate vanilla strawberry greek italian spanish mexican french butternut acorn
spaghetti navel fuji gala honeycrisp persian iceberg winter summer spring salad snack breakfast lunch party diet
sparkling almond oat soy coconut peanut turkey chicken beef veggie cheese garlic onion potato apple orange banana
lemon split refried pinto kidney garbanzo shelf-stable refrigerated bulk imperfect damaged stale day-old 2% 1% fancy
spicy plain black-eyed girl-scout mac-n-cheese heat-and-eat pre-cut half-gallon ready-made spare leftover sorted
baked boneless grass-fed crushed diced stuffed pickled roasted salted unsalted flavored drinkable creamy crunchy
thick thin long short hot cold wild jumbo fun-size
""".split()

ENDINGS = """
mix salad soup sauce juice cups bars bites kits packs chips bread cakes sticks spread trays products stuff items
pieces bowls pouches bunches heads halves packets goods meals drinks things cans loaves tarts toast breasts legs strips
sandwiches snacks water milk dip wraps rolls treats randoms groceries pantry supplies boxes bags jars bottles chowder
shells thighs nuggets patties cartons gallons popcorn pouch medley puree filets hearts florets tips cream drink cakes
""".split()

TAILS = [
    "in a pouch", "in cans", "to go", "in sauce", "on the cob", "in a bag", "on the vine", "with lids", "for kids", "w/ tops",
    "in jars", "in water", "by the bunch", "and more", "in syrup", "with rice", "etc",
]  # fmt: skip
"""What a name may end in."""

STEMS = """
sweet water horizon nature valley golden harbor cross stone bridge silver spring field wood brook glen fair ever bright
new old long high green red blue black white deep cold clear sun moon star rain snow wind storm fire earth iron copper
honey berry rose lily fern ivy thorn willow birch aspen elder hazel juniper laurel sage clover heather briar meadow forest
grove ridge cliff canyon mesa delta coast shore bay cove island point summit peak crest vista terrace garden orchard
vineyard ranch barn mill wagon wheel anchor compass lantern candle bell tower castle crown royal noble liberty freedom
hope faith grace mercy charity unity harmony peace joy victory pioneer heritage legacy century frontier empire capital
metro urban village town borough district square plaza court circle corner market trade merchant guild craft harvest
bounty feast table kitchen hearth oven basket pantry cellar cupboard larder smoke house block stack brick mortar canvas
paper velvet cotton linen wool silk amber jade pearl ruby coral ivory cobalt indigo scarlet crimson violet falcon eagle
robin sparrow heron crane swan raven fox wolf bear otter beaver badger rabbit lamb pony horse buffalo bison salmon trout
whale dolphin turtle frog bee butterfly dragon phoenix lucky happy jolly merry quick swift brave bold simple plain pure
fresh raw wild free kind dear gentle mighty little big tall grand super prime first second third next last true real
just good best better great world global city county state north south east west upper lower middle central saint san
santa los las el la del mount fort port lake river creek street avenue boulevard lane alley trail path road way
""".split()
"""Common words that names of places and brands are made of."""

SUFFIXES = """
wood ton ville field ford burg port dale land stead worth mont view ham ley ner kins son ski elli ino ola
""".split()

SIZES = [
    "big",
    "big",
    "large",
    "small",
    "sm",
    "med",
    "entire",
    "gigantic",
    "XL",
    "small",
    "large",
    "little",
    "med",
    "medium",
    "huge",
    "full",
    "giant",
    "mini",
    "heavy",
    "lg",
    "sm",
    "lil",
]

UNITS = {
    "case": (["cases", "cs", "cs", "case", "cs.", "ca"], 30), "box": (["boxes", "boxes", "box", "box", "bx", "bxs"], 28), "bag": (["bags", "bags", "bags", "bag", "bag", "shopping bags", "shopping bag", "grocery bags", "garbage bags", "produce bags"], 12),
    "crate": (["crates", "crate"], 7), "pallet": (["pallets", "pallet", "palettes"], 4), "flat": (["flats", "flat"], 4),
    "lb": (["lbs", "lb", "pounds", "#"], 6), "bin": (["bins", "bin"], 4), "tote": (["totes", "tote"], 2),
    "sack": (["sacks", "sack"], 2), "gallon": (["gallons", "gal", "gallon"], 2), "dozen": (["dozen", "dozen", "doz", "dz", "dozens"], 3),
    "pack": (["packs", "pack"], 3), "package": (["packages", "pkg"], 1), "can": (["cans"], 1.5), "loaf": (["loaves", "loaf"], 1.5),
    "carton": (["cartons", "carton"], 2), "tub": (["tubs", "tub"], 1), "jar": (["jars"], 1), "bottle": (["bottles", "btls"], 1),
    "bunch": (["bunches"], 1), "tray": (["trays", "tray"], 1), "lug": (["lugs", "lug"], 1), "head": (["heads"], 1),
    "container": (["containers"], 1), "rack": (["racks"], 1), "banana box": (["banana boxes", "banana box"], 3),
    "cart": (["carts", "cart"], 1), "bushel": (["bushels", "bushel"], 1), "basket": (["baskets"], 1),
    "jug": (["jugs", "jug"], 1), "roll": (["rolls"], 0.5), "bucket": (["buckets", "bucket"], 0.5), "cooler": (["coolers"], 0.5),
    "half gallon": (["half gallons", "half gallon"], 1), "pint": (["pints", "pint"], 0.5), "serving": (["servings"], 0.3),
    "gaylord": (["gaylords", "gaylord"], 0.5), "sleeve": (["sleeves"], 0.3), "barrel": (["barrels"], 0.3),
    "quart": (["quarts"], 0.3), "batch": (["batches"], 0.3), "truckload": (["truckloads"], 0.2),
}  # fmt: skip

STORES = """
Aldi Costco Kroger Target Walmart Safeway Jewel Trader Publix Meijer Wegmans Sprouts Fairway Panera Starbucks Sysco
""".split()
STREETS = """
Oak Maple Elm Main Park Lake River Hill Mill Church Center Union Grand State Clark Cedar Pine North South West East
""".split()
AREAS = """
Northside Southside Eastgate Westend Downtown Uptown Midtown Riverside Lakeview Hillcrest Oldtown Brookfield
""".split()
STORE_KINDS = [
    "Market",
    "Foods",
    "Grocery",
    "Bakery",
    "Farm",
    "Farms",
    "Deli",
    "Pantry",
    "Mart",
    "Co-op",
    "Produce",
    "Cafe",
    "Farmers Market",
    "Food Pantry",
    "Foundation",
    "Foods Co",
    "Hotel",
    "Roots",
    "Church",
    "Center",
    "Catering",
    "Distribution",
    "School",
]
PARTNER_KINDS = [
    "fridge", "Fridge", "pantry", "Shelter", "Church", "Mutual Aid", "Food Pantry", "distro", "Center", "school", "Kitchen",
    "families", "Community Fridge", "House", "Clinic", "Library", "fridges", "love fridge", "shelter", "Mutual Aid Network",
    "centers", "Mission", "market", "neighbors", "jail support", "Food Pantry", "Collective", "encampment", "distro", "MA",
]  # fmt: skip
HOMES = [
    "the warehouse",
    "warehouse",
    "HQ",
    "the pantry",
    "the hub",
    "hub",
    "the garage",
    "home base",
    "the barn",
    "base",
]

INBOUND = [
    "Dropped from {p}", "Dropped off from {p}", "Drop off from {p}", "dropped {p}", "Picked up from {p}", "Pick up from {p}",
    "From {p}", "from {p}", "{p} rescue", "{p} haul", "{p} Haul {date}", "{p} pick up", "{p} pickup", "{p} food rescue",
    "{p}", "{p} drop off", "Rescued from {p}", "Received from {p}", "Got from {p}", "Today from {p}", "{who} dropped off from {p}",
    "{who} picked up from {p}", "Just dropped off from {p}", "Dropped from {p} with @{name}", "New from {p}", "{p} drop",
    "Picked up today from {p}", "Delivery from {p}", "Dropped off {p}", "{p} log for {day}", "{p} {day}", "{p} today",
    "Bonus {day} {p} pick up", "Here is what we got from {p} on {day}", "Late log from {day} at {p}", "P/U from {p}",
    "{agent} picked up from {p}", "{agent} picked up from {p}", "{agent} picked up today from {p}", "{agent} picked up at {p}",
    "{agent} picked up from {p} on {day}", "{agent} picked up from {p} ({day})", "{agent} scooped from {p}", "{agent} scooped from {p} today",
    "{agent} took from {p}", "{agent} dropped off from {p}", "{agent} rescued from {p}", "{agent} rescue from {p}", "{agent} grabbed from {p}",
    "{who} and I dropped from {p}", "{who} and I dropped {p}", "{who} and I dropped off {p} {when}", "{who} and {who} picking up from {p}",
    "{date} {p} haul", "{date} {p} pickup", "{date} {p}", "{date} - {p}", "{p} {date}", "Grab from {p}", "Grab from a {p}", "dropped off food from {p}",
    "From {who} from {p}", "From {who} - {agent} - {p} pickup", "{who} from {p} {date}", "Dropped from {p} with {who} and {who}",
    "Dropped from {p} with {who} and first-time rescuer {who}", "Picked up from {p} {when}", "Rescue from {p} ({when})", "{when}'s rescue from {p}",
    "From {who} of {agent}, pick up at {p} {when}", "Log from {p} on {day}", "From {p} {when}", "Dropped off from {p} with {agent}",
    "{agent} (on {day}) picked up from {p}", "Bought at {p}", "Purchased from {p}", "Bought from {p} for the pantry", "{p} order", "{p} run",
    "Donated by {p}", "Donation from {p}", "{p} donation", "Scooped from {p}", "Hauled from {p}", "Shopping at {p}", "{p} pick-up {when}",
    "Sorry this is late! {p}", "Forgot to send this! {p} pickup", "Just got back from {p}", "Collected from {p}", "Dropped {when} from {p}",
]  # fmt: skip
INBOUND_BARE = ["Dropped", "Dropped off", "Received", "Just dropped", "New in the cooler", "Dropped today", "Drop off {day}", "Came in today", "New to the walk in this morning", "Delivery", "{who} dropped off", "{who} dropped", "{who} dropped off {day}", "We received", "Here's what came in", "Dropped off this morning", "I dropped off", "{agent} dropped off", "{agent} dropped", "{agent} donated", "We dropped off", "dropped ~{n} {u} of", "dropped {n} {u} of the following", "{agent} dropped off {when}", "Dropped {when}", "Came in {when}", "Donation", "Rescue from {when}"]  # fmt: skip
OUTBOUND = [
    "{p} took", "{p} took today", "{p} took yesterday", "{p} took on {day}", "{p} took this {day}", "{p} took {date}",
    "{p} grabbed", "Took for {p}", "Grabbed for {p}", "Picked up for {p}", "{p} picked up", "For {p}", "to {p}", "Took to {p}",
    "I took the following for {p}", "{p} also took the following", "{p} took for distro", "Sent to {p}", "Brought to {p}",
    "Taking to {p}", "{p} took the following", "{who} took for {p}", "Delivered to {p}", "{p} pickup today took", "{p} TOOK",
    "Sent with @{name} to {p}", "Pulled for {p}", "Set aside for {p}", "Gave to {p}", "{p} distro took", "Going to {p}",
    "{p} liberated", "{p} scooped", "{p} reserved for {day} distro", "{p} reserved", "{p} picked up this morning", "{p} picked up on {day}",
    "{p} picked up {when}", "{p} took for distro", "{p} took for our bag build", "Today {p} took for distro", "{agent} picked up for {p}",
    "{agent} picked up for {p} {when}", "{agent} took for {p}", "{agent} reserved for {p}", "{agent} grabbed for {p}", "Took for the {p}",
    "{p} took cases", "{p} took this morning", "{p} took ({who} {date})", "{p} ({who}) took", "{p} and {a} took", "{p}/{a} took",
    "{p} also took the following to {a}", "Took for {p} and {a}", "Taking to {p} and {a}", "{p} market bags", "{p} bags", "For {p} and {a}",
    "{who} took this for {p}", "{who} with {p} took", "{who} from {p} took", "{p} grabbed this {day} {date}", "{p} collected", "{p} liberated {when}",
    "{p} took for market distro this past {day} {date}", "{p} is taking", "{p} took {when}", "{p} grabbed {when}", "{p} took the rest of the list",
    "I took the following for {p} {when}", "Picked up {when} for {p}", "Picked up for {p} {when}", "Packed for {p}", "{p} sited took", "{p} order",
    "Gave {p}", "Handed out to {p}", "Distributed to {p}", "Stocked {p} with", "Loaded up {p} {when}", "Took to {p} {when}", "Moved to {p}",
]  # fmt: skip
OUTBOUND_HOME = ["{p} took from {h}", "{p} grabbed this from {h}", "Took from {h} for {p}", "Picked up from {h} for {p}", "{p} distroed out of {h} today", "From {h} to {p}", "{p} took from {h} {when}", "The {p} picked up the following from {h}", "{agent} took from {h} for {p}", "{p} picked up from {h}", "Hey! {p} grabbed this from {h}", "{p} scooped from {h} {when}", "Picked up at {h} for {p}"]  # fmt: skip
OUTBOUND_BARE = [
    "Took",
    "took",
    "I took",
    "We took",
    "Took today",
    "Took the following",
    "Grabbed",
    "I grabbed",
    "Took {when}",
    "And took",
    "Also took",
    "Grabbed {when}",
    "I took the following",
    "Composted",
    "Used",
    "took from {h}",
    "I grabbed this from {h}",
    "Took from {h}",
    "and we took",
]
BOTH = [
    "{p} -> {q}", "{p} → {q}", "{p} :arrow_right: {q}", "{p} —&gt; {q}", "From {p} to {q}", "from {p} -&gt; {q}",
    "Picked up from {p} and dropped at {q}", "{p} to {q}", "Rescued from {p}, dropped at {q}", "Dropped at {q} from {p}",
    "Picked up from {p} for {q}", "{p} rescue to {q}", "Dropped off at {q} from {p}", "Took from {p} to {q}",
    "Delivered to {q} from {p}", "{p} pick up, delivered to {q}",
    "{p} --&gt; {q}", "{p} -&gt; {q}", "{p}—&gt; {q}", "{p} - {q}", "From {p}—&gt; {q}", "{agent} picked up from {p}, dropped off @ {q}",
    "{agent} picked up from {p}, dropped at {q}", "{agent} picked up from {p} and delivered to {q}", "Picked up from {p} -&gt; {q}",
    "Also picked up from {p}, distrod @ {q}", "{p} pick up delivered to {q} and {a}", "{p} --&gt; {q} and {a}", "{p} —&gt; {q} &amp; {a}",
    "Today {agent} picked up from {p}. We took to {q}.", "Picked up from {p} {when}. Took it all to {q}.", "{p} rescue, dropped at {q}",
    "{p} rescue, all went to {q}", "From {p} to the {q}", "{p} haul to {q}", "Dropped at {q} from {p} {when}", "{date} {p} :arrow_right: {q}",
    "Dropped {p} food at {q}", "Took food from {p} to {q} {when}", "{agent} moved from {p} to {q}", "{p} drop to {q}", "{p} for {q}",
]  # fmt: skip
TRAILING_TO = [
    "-> {q}", "→ {q}", "Dropped at {q}", "All to {q}", "Everything went to {q}", "dropped off at {q}", "to {q}", "Delivered to {q}", "for {q}",
    "Dropped off at {q}", "Dropped off at {q} and {a}", "We took all this to {q}", "We took all this to the {q}", "Took to {q}.", "Took to {q}",
    "Dropped most at {q}, took some to {a}", "Dropped most at {q}. Thank you!", "all distributed to {q}", "Everything distributed to {q} and {a}",
    "We took most to {q}, the rest of the {f} is in the freezer", "We dropped off the {f} &amp; {f} at {q}. The rest went to {a}.",
    "All of this was put into the {q}", "We dropped everything at {q} {when}", "Dropped it all at {q}!", "Brought everything to {q}",
    "Took to {q}, {a} and {a}", "Delivered to {q} this afternoon", "Dropped at {q} {when}", "Stocked at {q}", "Now at {q}", "all for {q}",
    "All {f} to {q}. Everything else to {a}.", "I dropped all of it off at {q}", "taking it to {q} {when}", ":arrow_right: {q}", "--&gt; {q}",
    "Everything was dropped off at {q}, see photo", "It all went to {q}", "Dropped off at the {q}", "We stocked {q}", "Left it at {q}",
]  # fmt: skip
TRAILING_FROM = [
    "from {p}",
    "All from {p}",
    "From {p}",
    "(from {p})",
    "Thanks to {p}",
    "rescued from {p}",
    "all from {p}",
    "This was from {p}",
    "- from {p}",
    "Thank you {p}!",
    "Donated by {p}",
    "picked up from {p}",
    "from {p} {when}",
]

CHATTER = [
    "Hi all", "Good morning everyone!", "Morning all", "Hey team", "Thanks @{name}!", "Thank you all so much", "Happy {day}!",
    "Sorry for the late log", "Sorry so late, ran into traffic", "Will post pics later", "Forgot to take a picture, sorry",
    "The cooler is at {n} degrees", "The walk-in is really full, please take stuff", "Please take these first, they expire soon",
    "Everything is in the walk-in on the left", "Left the frozen things in freezer {n}", "There are {n} people signed up for {day}",
    "Does anyone have the key to the side door?", "Can someone cover my shift on {day}?", "I'll be there around {n}",
    "Shift starts at {n} on {day}", "Volunteers needed on {day} at {n}:30", "We had {n} volunteers today, amazing",
    "All good quality, nothing moldy", "Some of this is a little bruised", "They had nothing for us today", "No pickup today",
    "Store was closed when I got there", "The van needs gas", "The fridge was empty when we got there", "I also cleaned the shelf",
    "We consolidated {n} pallets to make room", "Great job everyone", "Please rotate the stock in the back", "Stay safe out there",
    "The truck is running {n} minutes late", "Meeting moved to {day} at {n}", "Who is driving on {day}?", "It was a big one",
    "Could not fit everything in my car", "I had to leave some of it for {day}", "Thanks to @{name} and @{name} for helping unload",
    "Weight was about {n} total", "Crew of {n} today", "Took about {n} hours", "Temp {n}", "Mileage {n}", "Code for the gate is {n}",
    "Is anyone free to help sort tomorrow?", "The compost bins are full", "Please sign in before you take anything",
    "Reminder that the building closes at {n}", "I'm running behind, see you in {n} minutes", "Parking is on the {day} side",
    "Most of it was in good shape, the rest went to compost", "They want us to come at {n} from now on", "Labels are on the shelf",
    "{w} {w} {w} {w} {w}", "{w} {w} {w}", "Please {w} the {w} before {day}", "Thanks {w}!", "the {w} was {w} but {w} {w}",
    "lol", "ok!", "on my way", "done", "See photo", "more coming {day}", "!!", "{date}", "{day}", "Log for {date}", "{name} here",
    "I had to leave a {u} of {f} for {day}", "There is a lot of {f} left, please take some", "We have way too much {f}",
    "The {f} and {f} look bad", "Please take the {f} first", "Does anyone want {f}?", "{a} came by today and said this",
    "@{name} from {a} was there {day}", "Reminder that {a} needs the space on {day}", "We won't pick up from {a} on {day}",
    "Thanks to {a} for the help", "I'll drop the rest at {a} on {day}", "The people at {a} were so happy", "And....", "Also", "Plus",
    "Can someone pick up from {a} on {day}?", "Next time bring {n} boxes", "Still {n} {u} of {f} in the back", "No more {f} please",
    "We set aside a small pallet for {a} with some {f} and {f}", "Everything is under the {f}", "{f} is in the walk-in",
    "Is there room for {n} pallets on {day}?", "@{name} can you take the {f} to {a}?", "The {f} fridge is broken",
    "My car smells like {f} now", "I can pick up {day} if someone takes {a}", "Please count the {f} before you leave", "Used what we could",
    "1. Remove the {f} 2. {w} the {w} 3. Microwave {n} minutes", "{n}. {w} the {w}", "{n}. Let it {w} for {n} minutes at {n}%", "{who} for reporting",
    "Biggest thanks to {who} {who}, {who}, and new friends {who} and {who}", "We got more but I'm taking some to {a}", "About 1/3 went to {a}",
    "Small drop at {a} from {a}", "Moved {n} {u} of {f} from cold to dry storage", "We have also set aside a {u} of items for {a} {when}",
    "We received a donation of {w} so I brought some, there are {n} left", "{who} will be dropping off {f} {when}", "We went through {n} {u} {when}",
    "I am swimming in {f}, if anyone wants some let me know", "The {w} box belongs to {a}. Please don't throw it away.", "My apologies, I ran out of time",
    "(We also spent a bit of time organizing the {f} onto the shelves)", "{a} had nothing {when}", "Due to the storm we will not pick up from {a} {when}",
    "These {f} are moldy", "These {f} look fine to me", "{who} from {a} was there {when} and said this", "Hopefully I'm putting this in the right place",
    "Please comment here with anything else that needs to go", "We have an event {when} at {a} on {a}", "Does anyone know who took the {f}?",
    "I had to leave a {u} of {f}", "I saw {n} {u} of {f} in the back, are they for {a}?", "Someone left {n} {u} at the door", "Cardboard gone",
    "{a} wants {f} if we get more", "Could {who} bring {n} empty {u} on {day}?", "We are out of {f} and {f}", "Not sure what {who} took", "Thanks all!",
    "Disposed of {n} {u} {f} that exp. {date}", "Tossed some {f}, they were bad", "The rest is in the freezer", "No {f} this time", "Over {n} people came", "From {date}", "{when}",
]  # fmt: skip
ITEM_NOTES = [
    "(exp {date})", "(in freezer)", "exp {date}", "({n} ct)", "({n} lbs each)", "(a little bruised)", "(great shape!)", "!",
    "(from {p})", "for {q}", "- in the walk-in", "(use soon)", "({f}, {f}, {f})", "({f}, {f})", "dated {date}", ":heart:", ":tada:",
    "(split)", "(best by {day})", "(need to be sorted)", "(about {n} each)", ":leafy_green:", "w/ sell by {date}", "({n} dozen)",
    "(vegan)", "?", "(left in cooler)", "- use first", ".", "(on the left)", "(claimed)", "on shelf", "in freezer {n}", "from @{name}",
    "with a use by date of {date}", "that we did not use", "in the cold room on the left", "from {p}", "from {p}", "except the {f}", "each",
    "{n}ct each", "{n} ct", "({n} {u})", "(some {f})", "mainly {f}", "with {n} in each", "in {n} lb packs", "to {q}", "(to {q})", "- {f} and {f}",
    "(about {n} lbs)", "dropped at {q}", "(not great)", "for the {q} event", "(can't wait to try them!)", "(big ones!)", "(going fast)",
    "- {n} lbs", "({n} left)", "({n} {u}s of {n})", "thanks to @{name}", "(mostly {f}, some {f})", "left over from {day}", "(1 open)", "(sealed)",
    "({n} of them)", "- needs sorting", ", {n} to {q}", ", {n} to {q} and {n} to {a}", ", dropped {n} at {q}", "({n} per {u})", "(x{n}/person)", "(x{n} per person)", "that seemed good", "(another {u} was moved)",
    "dated {date}", "like {f} and {f}", "- {f}, {f}, {f}", ": {f}, {f}", "(about {n} total)", "({n} kinds)", "({f} and {f})", "(yesterday's)", "(way too many!)",
    "for {who}", "(esp for {who})", "we took straight to {q}", "(1 big, 1 small)", "- still in my car", "(split w/ {a})", "because it looked done",
    "+ some loose ones", "that expire {day}", "in the freezer", "on a cart", "(sorry!)", "(yum)", "{date}",
]  # fmt: skip
DAYS = """
Monday Tuesday Wednesday Thursday Friday Saturday Sunday Mon Tues Wed Thurs Fri Sat Sun
""".split()
NAMES = """
Ana Ben Carla Dev Elle Finn Gus Hana Ivo June Kai Lena Milo Nia Omar Pia Quinn Rosa Sam Tess Uma Vic Wes Yara
""".split()

ONSETS = "b bl br c ch cl cr d dr f fl fr g gl gr h j k kl l m n p ph pl pr qu r s sc sh sk sl sm sn sp st str sw t th tr v w y z".split()  # fmt: skip
VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "ee", "ie", "oa", "oo", "ou"]
CODAS = ["", "", "", "n", "r", "l", "s", "t", "m", "ck", "nd", "rt", "x", "p", "sh", "ng"]

NUMBERS = {
    1: "one",
    2: "two",
    3: "three",
    4: "four",
    5: "five",
    6: "six",
    7: "seven",
    8: "eight",
    10: "ten",
    12: "twelve",
}
WHEN = [
    "today",
    "yesterday",
    "this morning",
    "last night",
    "tonight",
    "on {day}",
    "{day}",
    "{date}",
    "this afternoon",
    "earlier",
    "this {day}",
    "{day} {date}",
]
STORAGE = [
    "freezer",
    "Freezer:",
    "cooler:",
    "fridge",
    "dry storage:",
    "In the walk-in:",
    "shelf",
    "Produce:",
    "Frozen",
    "dry goods:",
    "Dairy",
    "pantry:",
]
"""Headings within a list that name no place of the directory."""
COUNTS = {1: 24, 2: 18, 3: 13, 4: 10, 5: 8, 6: 6, 7: 3, 8: 4, 10: 4, 12: 3, 0: 7}
"""How likely each count is; 0 stands for a large one."""
LARGE_COUNTS = [9, 11, 14, 15, 16, 18, 20, 24, 25, 30, 36, 40, 48, 50, 60, 100, 120, 200, 300]
NUMBER_FORMS = {
    "{n}": 86, "{word}": 5, "{part}": 3.5, "{n} {part}": 2.5, "{n}.5": 2, ".5": 1, ".25": 0.2, "{n}.25": 0.2, "{n}-{part}": 0.2, "1.5": 0.5, "{n}-{more}": 1.5, "{n} - {more}": 0.5,
    "~{n}": 1, "a": 0.5, "a few": 0.4, "a couple": 0.4, "half": 0.3, "I": 0.3, "an": 0.1, "a dozen": 0.2, "½": 0.4, "{n}½": 0.3, "¼": 0.2,
}  # fmt: skip

TITLES = [
    "{made}", "{made}", "{made} {kind}", "{made} {kind}", "{street} {kind}", "{letters}", "{letters}", "{store} {made}", "{store} {area}", "{area} {kind}",
    "{area} {store}", "{made} {other}", "the {made}s", "{made}'s", "{store}", "{made} {street}", "{street} St {kind}", "{letters} {kind}",
    "{made} & {other}", "{made} {n}", "{n}th {kind}", "{made} {other} {kind}", "{made} {street} {kind}", "{made}'s {area}", "{store} on {street}",
    "{compass} {made} {store}", "{made} {store}", "{n} {street} {store}", "{letters}-{made}", "{l}&{m}", "{n}/{made} {kind}", "{made} & {street} {kind}",
    "{made}'s on {street}", "{compass} {store}", "{store} at {n}{n} {l} {street}", "{letters} {made}", "{made} of {other}", "{letters}/{made}", "{made} {other} {kind}",
    "{store} ({area})", "the {made} {kind}", "{made} on {n}th", "{made} and {other}", "{n}{n} {made} {store}", "{letters} & {made} {kind}", "{l}/{made} {kind}",
]  # fmt: skip
COMPASS = [
    "North",
    "South",
    "East",
    "West",
    "N",
    "S",
    "SW",
    "NW",
    "NE",
    "south side",
    "west side",
    "Upper",
    "Old",
    "New",
    "Little",
    "East",
]

BULLETS = {"": 40, "- ": 10, "-": 10, "• ": 22, "* ": 4, "•  ": 2, " ": 2, "o ": 1, ":carrot: ": 1, "🍎 ": 1}
COLONS = {":": 12, "": 7, " :": 1, "-": 2, " - ": 1, "...": 1, ",": 1, "!": 1, "…. ": 1, " –": 1, ": :tada:": 1}
LAYOUTS = {
    "plain": 60, "unitless": 9, "dash": 5, "column": 2, "behind": 2, "parenthesis": 2, "column_dash": 1, "times": 4,
    "times_bare": 2, "times_unit": 2, "implied": 4, "implied_of": 3, "name": 2, "name_number": 2, "after": 3, "weight": 1.5,
    "tabbed": 0.5, "times_first": 2, "times_lead": 1.5, "each": 0.8, "spaced": 1.5, "quantified": 0.7, "contents": 0.7,
}  # fmt: skip
"""How likely an author uses a layout."""
FORMS = {
    "plain": ["{counted}{of}{name}"], "unitless": ["{n} {name}"], "name": ["{name}"],
    "name_number": ["{name} - {n}", "{name} {n}", "{name} : {n}", "{name} = {n}", "{name} (x{n})"],
    "dash": ["{name} - {counted}", "{name}- {counted}", "{name} -{counted}", "{name}: {counted}", "{name} = {counted}", "{name}, {counted}"],
    "column": ["{name}{tall}{counted}"], "column_dash": ["{name} -{tall}{counted}"], "behind": ["{name} {counted}"],
    "parenthesis": ["{name} ({counted})"],
    "times": ["{u}{of}{name} x{n}", "{u}{of}{name} x {n}", "{u}{of}{name} X{n}", "{u}{of}{name} ×{n}"],
    "times_bare": ["{name} x{n}", "{name} x {n}", "{name} X{n}"], "times_unit": ["{name} {u} x{n}", "{name} {u} x {n}"],
    "implied": ["{Unit} {name}", "{u} {name}"], "implied_of": ["{u} of {name}", "{u} of {name}", "a {u} of {name}", "One {u} of {name}"],
    "spaced": ["{counted}{tall}{name}"], "times_lead": ["x{n} {name}", "x{n} {u}{of}{name}", "{n}x {u}{of}{name}", "{n}x {name}"],
    "quantified": ["Lots of {name}", "Some {name}", "All the {name}", "The rest of the {name}", "a ton of {name}", "Handful of {name}", "lots of {name}"],
    "contents": ["{n} {u} of {weight} dozen {name}", "{n} {u} of {weight} ct {name}", "{counted}{of}{name} ({weight} dozen)", "{counted}{of}{name} ({weight} lbs each)"],
    "after": ["{n} {name} {u}"], "tabbed": ["{n}\t{u}\t{name}"], "times_first": ["{n} x {u}{of}{name}"],
    "weight": ["{n} {weight}# {u}{of}{name}", "{n} {weight}lb {u}{of}{name}", "{n} {weight} lb {u}{of}{name}", "{n} {weight} ct {u}{of}{name}", "{n} {weight} oz {u}{of}{name}"],
}  # fmt: skip

SECTION_KINDS = [
    ["in", "in"], ["out", "out"], ["in", "out"], ["in", "out"], ["both", "both"], ["in", "in", "out"], ["in", "took"],
    ["dropped", "took"], ["in", "in", "in"], ["both", "out"], ["dropped", "out"], ["out", "in"], ["both", "both"], ["both", "both", "both"],
    ["in", "in", "in"], ["out", "out"], ["in", "out"],
]  # fmt: skip
SENTENCES = [
    ("Picked up {x} from {p}", "inbound"), ("Dropped off {x} from {p}", "inbound"), ("{x} from {p}", "inbound"), ("Dropped {x}", "inbound"),
    ("Dropped off {x}", "inbound"), ("{p}: {x}", "inbound"), ("Got {x} at {p}", "inbound"), ("{who} dropped off {x} from {p}", "inbound"),
    ("{q} took {x}", "outbound"), ("Took {x} for {q}", "outbound"), ("{q} grabbed {x}", "outbound"), ("Brought {x} to {q}", "outbound"),
    ("Dropped {x} to {q}", "outbound"), ("{x} -> {q}", "outbound"), ("Picked up {x} from {p}, dropped at {q}", "both"),
    ("{x} from {p} to {q}", "both"), ("{p} -> {q}: {x}", "both"), ("Took {x} from {p} to {q}", "both"),
    ("Rescued {x} from {p} and delivered to {q}", "both"), ("{p} rescue: {x} -> {q}", "both"),
]  # fmt: skip
"""One-liners and the direction that they tell."""


UNSEEN_LAYOUTS = {"brackets": 3, "dots": 3, "slashes": 2, "equals": 2, "each_of": 2, "colon_unit": 3, "tally": 2}
"""Layouts that training never sees: they measure how far what was learned carries."""
UNSEEN_FORMS = {
    "brackets": ["[{n}] {u}{of}{name}", "[{n} {u}] {name}"], "dots": ["{name} .... {counted}", "{name} .. {counted}"], "slashes": ["{n} / {u} / {name}"],
    "equals": ["{counted} = {name}", "{name} => {counted}"], "each_of": ["{name}, {n} {u} of it", "of {name}: {counted}"],
    "colon_unit": ["{u}: {n} {name}", "{u} ({n}) {name}"], "tally": ["+{n} {u} {name}", "{n}) {u} {name}"],
}  # fmt: skip
UNSEEN_BULLETS = {"": 3, "> ": 1, "~ ": 1, "#": 1, "-> ": 1, "◆ ": 2}
UNSEEN_INBOUND = [
    "Straight off the truck at {p}",
    "Look what {p} had for us",
    "{p} unloading",
    "Haul no. {n} of {day}, {p} again",
]
UNSEEN_OUTBOUND = ["{p} walked away with", "Out the door with {p}", "On its way to {p}", "Claimed by {p}"]

_PHRASES = [*INBOUND, *OUTBOUND, *CHATTER, *ITEM_NOTES, *TAILS, *STORE_KINDS, *PARTNER_KINDS]
COMMON = sorted(
    {word for word in (*FOODS, *MODIFIERS, *ENDINGS, *STEMS, *AREAS, *STREETS, *STORES, *NAMES) if len(word) > 2}
    | set(re.findall(r"[a-z]{3,}", " ".join(_PHRASES).lower()))
)
"""Words whose pieces occur in names: the tokenizer's pieces between letters and words are learned from them."""
