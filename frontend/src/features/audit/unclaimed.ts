/** Numbers and foods of the message that no item of the draft claims: what was left out shows as clearly as what is wrong. */
import type { Mention } from "@/client/types";
import type { Mark } from "./annotate";
import { type Draft, draftItems } from "./draft";
import { marksOf } from "./marks";
import { parseQuantity } from "./quantity";

export interface Unclaimed extends Mention {
  text: string;
  /** The words next to it, by which a person finds it in the message. */
  before: string;
  after: string;
  /** The part of the message that it stands in, up to the next comma or line. */
  around: string;
}

export function unclaimed(mentions: readonly Mention[], draft: Draft, text: string): Unclaimed[] {
  const characters = Array.from(text);
  const marks = marksOf(draft);
  const typed = draftItems(draft);
  return mentions
    .map((mention) => ({ ...mention, ...wordsOf(characters, mention), around: around(characters, mention) }))
    .filter(({ start, end }) => !marks.some((mark) => mark.start < end && start < mark.end))
    .filter(({ kind, text: word }) => !(kind === "food" ? isNamed(word, draft) : typed.some((item) => isCounted(word, item))));
}

/** As marks to draw, beneath the evidence. */
export function unclaimedMarks(found: readonly Unclaimed[]): Mark[] {
  return found.map(({ start, end }) => ({ start, end, kind: "unclaimed", owner: `unclaimed ${start}` }));
}

/** A typed item has no evidence; its name and its quantity claim what reads the same. */
function isNamed(word: string, draft: Draft): boolean {
  const names = [...draftItems(draft).map(({ name }) => name), draft.rescue_location, draft.drop_off_location, ...draft.sections.map((s) => s.location)];
  return names.some((name) => name.toLowerCase().includes(word.toLowerCase()));
}

function isCounted(word: string, { quantity, evidence }: { quantity: string; evidence: object }): boolean {
  return !("quantity" in evidence) && quantity !== "" && parseQuantity(word.replaceAll(",", "")) === parseQuantity(quantity);
}

function wordsOf(characters: readonly string[], { start, end }: Mention): Pick<Unclaimed, "text" | "before" | "after"> {
  const part = (from: number, to: number) => characters.slice(from, to).join("");
  const before = /(\S+)[^\S\n]*$/.exec(part(0, start))?.[1] ?? "";
  const after = /^[^\S\n]*(\S+)/.exec(part(end, characters.length))?.[1] ?? "";
  return { text: part(start, end), before, after };
}

const EDGE = /[\n,;:]/;

function around(characters: readonly string[], { start, end }: Mention): string {
  let from = start;
  let to = end;
  while (from > 0 && !EDGE.test(characters[from - 1] ?? "")) from -= 1;
  while (to < characters.length && !EDGE.test(characters[to] ?? "")) to += 1;
  const part = characters.slice(from, to).join("").split(/\band\b/i);
  let at = from;
  for (const piece of part) {
    if (start < at + Array.from(piece).length) return piece.trim();
    at += Array.from(piece).length + 3;
  }
  return characters.slice(start, end).join("");
}
