/** Slack's names of the emoji that food-rescue groups use; an unknown name stays as it was typed. */

const PICTURES: Record<string, string> = {
  "+1": "👍", thumbsup: "👍", "-1": "👎", pray: "🙏", heart: "❤️", green_heart: "💚", blue_heart: "💙", clap: "👏",
  raised_hands: "🙌", wave: "👋", ok_hand: "👌", muscle: "💪", smile: "😄", smiley: "😃", grin: "😁", joy: "😂",
  slightly_smiling_face: "🙂", blush: "😊", sweat_smile: "😅", sob: "😭", cry: "😢", tada: "🎉", fire: "🔥", star: "⭐",
  sparkles: "✨", white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", eyes: "👀", truck: "🚚",
  car: "🚗", red_car: "🚗", bike: "🚲", box: "📦", package: "📦", snowflake: "❄️", ice_cube: "🧊", apple: "🍎",
  green_apple: "🍏", banana: "🍌", tangerine: "🍊", lemon: "🍋", grapes: "🍇", strawberry: "🍓", blueberries: "🫐",
  watermelon: "🍉", peach: "🍑", pear: "🍐", pineapple: "🍍", tomato: "🍅", potato: "🥔", carrot: "🥕", corn: "🌽",
  leafy_green: "🥬", broccoli: "🥦", onion: "🧅", garlic: "🧄", bread: "🍞", bagel: "🥯", croissant: "🥐", cheese: "🧀",
  cheese_wedge: "🧀", egg: "🥚", glass_of_milk: "🥛", milk_glass: "🥛", meat_on_bone: "🍖", poultry_leg: "🍗", cake: "🍰",
  cookie: "🍪", doughnut: "🍩", canned_food: "🥫", sandwich: "🥪", salad: "🥗", green_salad: "🥗", herb: "🌿", seedling: "🌱",
};

export function emoji(name: string): string | undefined {
  return PICTURES[name.toLowerCase()];
}
