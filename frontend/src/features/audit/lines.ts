/** Lines of a list as a person pastes them: "- 5 cs bananas", "bananas 5 cases", "bananas". */

export interface Line {
  quantity: string;
  unit: string;
  name: string;
}

const BULLET = /^[\s\-*•–—·]+/;
const QUANTITY = /^(\d+\s+\d\/\d|\d+\/\d+|\d*\.?\d+[½¼¾⅓⅔]?|[½¼¾⅓⅔])\s*x?\s+/i;
const LAST_QUANTITY = /[\s:\-–]+(\d*\.?\d+)\s*([a-z]+)?$/i;

/** One line each; what has no letters in it is no item. `units` are known spellings, singular. */
export function parseLines(text: string, units: readonly string[]): Line[] {
  return text.split(/\r?\n/).map((line) => parseLine(line, units)).filter(({ name }) => /\p{L}/u.test(name));
}

export function parseLine(text: string, units: readonly string[]): Line {
  const line = text.replace(BULLET, "").trim();
  const leading = QUANTITY.exec(line);
  if (leading) return withUnit(leading[1]?.trim() ?? "", line.slice(leading[0].length), units);
  const last = LAST_QUANTITY.exec(line);
  const unit = last ? unitOf(last[2] ?? "", units) : null;
  if (last && (unit !== null || !last[2])) return { quantity: last[1] ?? "", unit: unit ?? "", name: line.slice(0, last.index).trim() };
  return { quantity: "", unit: "", name: line };
}

function withUnit(quantity: string, rest: string, units: readonly string[]): Line {
  const [word = "", ...others] = rest.trim().split(/\s+/);
  const unit = others.length > 0 ? unitOf(word, units) : null;
  const name = unit === null ? rest.trim() : others.join(" ").replace(/^of\s+/i, "");
  return { quantity, unit: unit ?? "", name };
}

const SHORT: Record<string, string> = { cs: "case", bx: "box", lbs: "lb", pounds: "lb", gal: "gallon", gals: "gallon", loaves: "loaf", boxes: "box" };

function unitOf(word: string, units: readonly string[]): string | null {
  const lower = word.toLowerCase().replace(/\.$/, "");
  const singular = SHORT[lower] ?? (units.includes(lower) ? lower : lower.replace(/s$/, ""));
  return units.includes(singular) ? singular : null;
}
