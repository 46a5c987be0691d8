/** Two versions of a text, word by word: what stayed, went, and came. */

export interface Change {
  kind: "same" | "gone" | "new";
  text: string;
}

/** Longer texts are shown as a whole instead: the table below grows with the square of the words. */
const MOST_WORDS = 600;

export function textDiff(before: string, after: string): Change[] {
  const [a, b] = [words(before), words(after)];
  if (a.length > MOST_WORDS || b.length > MOST_WORDS) return [{ kind: "gone", text: before }, { kind: "new", text: after }];
  const common = lengths(a, b);
  const changes: Change[] = [];
  let [i, j] = [0, 0];
  const push = (kind: Change["kind"], text: string) => {
    const last = changes.at(-1);
    if (last?.kind === kind) last.text += text;
    else changes.push({ kind, text });
  };
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) push("same", (i++, b[j++] ?? ""));
    else if (j >= b.length || (i < a.length && at(common, i + 1, j) >= at(common, i, j + 1))) push("gone", a[i++] ?? "");
    else push("new", b[j++] ?? "");
  }
  return changes;
}

const words = (text: string) => text.match(/\s+|[^\s]+/g) ?? [];
const at = (table: number[][], i: number, j: number) => table[i]?.[j] ?? 0;

/** The longest common run of words from each pair of places on. */
function lengths(a: readonly string[], b: readonly string[]): number[][] {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    const row = table[i];
    for (let j = b.length - 1; row && j >= 0; j -= 1) {
      row[j] = a[i] === b[j] ? at(table, i + 1, j + 1) + 1 : Math.max(at(table, i + 1, j), at(table, i, j + 1));
    }
  }
  return table;
}
