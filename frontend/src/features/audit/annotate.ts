/**
 * Cuts a message into pieces to draw: plain text, Slack's own tokens (mentions, links, emoji names, bold), and the
 * evidence that lies over them. Spans count Unicode characters, as Python does, not UTF-16 units.
 */
import type { Span } from "@/client/types";
import { emoji } from "./emoji";

export type MarkKind = "direction" | "place" | "name" | "quantity" | "unit" | "unclaimed";

export interface Mark extends Span {
  kind: MarkKind;
  /** The draft part that it proves: `direction`, `rescue_location`, an item's or a section's id. */
  owner: string;
}

export type TokenKind = "text" | "mention" | "channel" | "link" | "emoji";

export interface Piece {
  kind: TokenKind;
  text: string;
  start: number;
  marks: Mark[];
}

// A pair of angle brackets is Slack's raw form; names already resolved by the import start with @ or #.
const TOKEN =
  /<@(?<user>[A-Z0-9]+)(?:\|(?<label>[^>]*))?>|<#[A-Z0-9]+\|(?<channel>[^>]*)>|<(?<url>https?:[^|>\s]+)(?:\|(?<name>[^>]*))?>|(?<bare>https?:\/\/[^\s<>]+)|:(?<emoji>[a-z0-9_+-]+):|(?<![\w@])@(?<at>[\w][\w.-]*)/gi;

export function annotate(text: string, marks: readonly Mark[], offset = 0): Piece[] {
  const pieces: Piece[] = [];
  for (const token of tokens(text)) {
    const length = Array.from(token.text).length;
    const start = offset + token.start;
    if (token.kind === "text") pieces.push(...cut(token.text, start, marks));
    else pieces.push({ kind: token.kind, text: token.shown, start, marks: within(marks, start, start + length) });
  }
  return pieces;
}

interface Token {
  kind: TokenKind;
  text: string;
  shown: string;
  /** In characters. */
  start: number;
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  let end = 0;
  let at = 0;
  const push = (kind: TokenKind, part: string, shown = part) => {
    if (part) found.push({ kind, text: part, shown, start: at });
    at += Array.from(part).length;
  };
  for (const match of text.matchAll(TOKEN)) {
    push("text", text.slice(end, match.index));
    push(...shown(match));
    end = match.index + match[0].length;
  }
  push("text", text.slice(end));
  return found;
}

function shown(match: RegExpExecArray): [TokenKind, string, string] {
  const groups = match.groups ?? {};
  const whole = match[0];
  if (groups.user) return ["mention", whole, `@${groups.label ?? groups.user}`];
  if (groups.at) return ["mention", whole, whole];
  if (groups.channel) return ["channel", whole, `#${groups.channel}`];
  if (groups.url) return ["link", whole, groups.name ?? groups.url];
  if (groups.bare) return ["link", whole, whole];
  const picture = emoji(groups.emoji ?? "");
  return picture ? ["emoji", whole, picture] : ["text", whole, whole];
}

/** Plain text, cut at every edge of a mark. */
function cut(text: string, start: number, marks: readonly Mark[]): Piece[] {
  const characters = Array.from(text);
  const end = start + characters.length;
  const edges = marks.flatMap((mark) => [mark.start, mark.end]).filter((edge) => edge > start && edge < end);
  const bounds = [...new Set([start, ...edges, end])].sort((a, b) => a - b);
  return bounds.slice(0, -1).map((from, i) => {
    const to = bounds[i + 1] ?? end;
    const part = characters.slice(from - start, to - start).join("");
    return { kind: "text", text: part, start: from, marks: within(marks, from, to) };
  });
}

function within(marks: readonly Mark[], from: number, to: number): Mark[] {
  return marks.filter((mark) => mark.start < to && mark.end > from);
}
