/** The project's own sample, as records with readings: what the fake backend serves. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Directory, Extraction, Item, RecordDetail, Section, Span } from "@/client/types";

const SAMPLE = join(import.meta.dirname, "../../sample");

interface Label {
  id: string;
  text: string;
  extraction: Extraction;
}

interface SlackMessage {
  user?: string;
  ts: string;
}

const json = (path: string): unknown => JSON.parse(readFileSync(join(SAMPLE, path), "utf8"));

export function sampleDirectory(): Directory {
  const entries = Object.entries(json("directory.json") as Directory);
  return Object.fromEntries(entries.filter(([name]) => !name.startsWith("_")));
}

/** Records in the order of their time, read by regex; `label` is what a careful person would say. */
export function sampleRecords(limit: number): { record: RecordDetail; label: Extraction }[] {
  const people = new Map((json("export/users.json") as { id: string; real_name: string }[]).map((u) => [u.id, u.real_name]));
  const authors = slackAuthors();
  const channels = new Map((json("export/channels.json") as { id: string; name: string }[]).map((c) => [c.id, c.name]));
  const labels = readFileSync(join(SAMPLE, "labels.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line) as Label);
  return labels.slice(0, limit).map((label, index) => {
    const [channel = "", ts = ""] = label.id.split("-");
    const author = people.get(authors.get(ts) ?? "") ?? "Priya Iyer";
    return { record: toRecord(label, index, channels.get(channel) ?? "pickups", author, ts), label: withPounds(label.extraction) };
  });
}

function slackAuthors(): Map<string, string> {
  const folders = readdirSync(join(SAMPLE, "export"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const files = folders.flatMap(({ name }) => readdirSync(join(SAMPLE, "export", name)).map((file) => `export/${name}/${file}`));
  const messages = files.flatMap((file) => json(file) as SlackMessage[]);
  return new Map(messages.map(({ ts, user }) => [ts, user ?? ""]));
}

function toRecord(label: Label, index: number, channel: string, author: string, ts: string): RecordDetail {
  const posted_at = new Date(Number(ts) * 1000).toISOString();
  const base = { id: label.id, revision: 1, channel, author, posted_at, text: label.text };
  const reading = withEvidence(withPounds(worse(label.extraction, index)), label.text);
  return {
    ...base,
    messages: [{ ts, author, text: label.text, posted_at, in_thread: false, edited: false }],
    risk: 0,
    reasons: [],
    held_by: null,
    earlier_text: null,
    mentions: [],
    audits: 0,
    audited: false,
    decision: null,
    failures: { regex: null, peft: null },
    earlier_audit: null,
    readings: { regex: toReading("regex", "1", reading, 2.1, posted_at), peft: null, combined: null },
    audit: null,
  };
}

export function toReading(method: "regex" | "peft", version: string, extraction: Extraction, ms: number, read_at: string) {
  return { method, version, extraction: derived(extraction), ms, read_at };
}

export function derived(extraction: Extraction) {
  const items = extraction.sections.flatMap((section) => section.items);
  return { ...extraction, items, pounds: items.reduce((sum, item) => sum + (item.estimated_lbs ?? 0), 0) };
}

/** What a plain reader gets wrong: every fourth misses its last item, every third its drop-off, every fifth takes units for names. */
function worse(extraction: Extraction, index: number): Extraction {
  const sections = extraction.sections;
  const last = sections.at(-1);
  const shorter = [...sections.slice(0, -1), { ...last, items: (last?.items ?? []).slice(0, -1) }];
  return {
    ...extraction,
    sections: (index % 4 === 1 && (last?.items ?? []).length > 1 ? shorter : sections).map((s) => (index % 5 === 4 ? unitsInNames(s) : s)),
    drop_off_location: index % 3 === 2 ? null : (extraction.drop_off_location ?? null),
  };
}

function unitsInNames(section: Section): Section {
  return { ...section, items: section.items.map((item) => ({ ...item, unit: null, name: [item.unit, item.name].filter(Boolean).join(" ") })) };
}

const UNIT_LBS: Record<string, number> = { case: 18, box: 15, pallet: 800, blue: 30, hamper: 22, sled: 12, lb: 1, gallon: 8.6, bag: 8 };
const KINDS: readonly [RegExp, string][] = [
  [/milk|moo|yogurt|cheese|egg/i, "Dairy"],
  [/bread|roll|bagel|day-old|loa/i, "Bread/Bakery"],
  [/chicken|beef|pork|turkey|fish/i, "Meat"],
  [/soup|can|rice|bean|pasta|cereal/i, "Pantry"],
];

export function withPounds(extraction: Extraction): Extraction {
  return { ...extraction, sections: extraction.sections.map((s) => ({ ...s, items: s.items.map(weighed) })) };
}

export function weighed(item: Item): Item {
  if (item.lbs_source === "stated") return item;
  const each = UNIT_LBS[item.unit ?? ""];
  const subcategory = KINDS.find(([pattern]) => pattern.test(item.name))?.[1] ?? "Produce";
  if (!each || !item.quantity) return { ...item, subcategory, estimated_lbs: null, lbs_source: null, lbs_rule: null };
  const lbs_rule = `${item.quantity} ${item.unit ?? ""} x ${each} lb, any ${item.unit ?? ""}`;
  return { ...item, subcategory, estimated_lbs: item.quantity * each, lbs_source: "table", lbs_rule };
}

export function withEvidence(extraction: Extraction, text: string): Extraction {
  const evidence: Record<string, Span> = {};
  const mark = (path: string, value: string | null | undefined, from = 0): number => {
    const at = value ? text.toLowerCase().indexOf(value.toLowerCase(), from) : -1;
    if (at < 0 || !value) return from;
    const start = Array.from(text.slice(0, at)).length;
    evidence[path] = { start, end: start + Array.from(value).length };
    return at;
  };
  mark("rescue_location", extraction.rescue_location);
  mark("drop_off_location", extraction.drop_off_location);
  extraction.sections.forEach((section: Section, s) => {
    mark(`sections.${s}.location`, section.location);
    section.items.forEach((item, i) => {
      const at = mark(`sections.${s}.items.${i}.name`, item.name);
      const lineStart = text.lastIndexOf("\n", at) + 1;
      if (item.quantity) mark(`sections.${s}.items.${i}.quantity`, String(item.quantity), lineStart);
      mark(`sections.${s}.items.${i}.unit`, item.unit, lineStart);
    });
  });
  return { ...extraction, evidence };
}
