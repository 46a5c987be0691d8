/** What a person types as a quantity: "5", "2.5", ".5", "1/2", "1 1/2", "2½". */

const VULGAR: Record<string, number> = { "½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3 };
const NUMBER = /^(?:\d+(?:\.\d+)?|\.\d+)$/;
const FRACTION = /^(?:(\d+)\s+)?(\d+)\s*\/\s*(\d+)$/;

/** The number, null for an empty field, undefined for what is no quantity. */
export function parseQuantity(typed: string): number | null | undefined {
  const text = typed.trim();
  if (text === "") return null;
  if (NUMBER.test(text)) return Number(text);
  return parseFraction(text) ?? parseVulgar(text);
}

function parseFraction(text: string): number | undefined {
  const match = FRACTION.exec(text);
  if (!match || Number(match[3]) === 0) return undefined;
  return Number(match[1] ?? 0) + Number(match[2]) / Number(match[3]);
}

function parseVulgar(text: string): number | undefined {
  const part = VULGAR[text.slice(-1)];
  const rest = text.slice(0, -1).trim();
  if (part === undefined || !/^\d*$/.test(rest)) return undefined;
  return Number(rest) + part;
}

/** 2 -> "2", 0.3333333 -> "0.333": what stands in the field. */
export function spellQuantity(value: number | null | undefined): string {
  return value === null || value === undefined ? "" : String(Math.round(value * 1000) / 1000);
}
