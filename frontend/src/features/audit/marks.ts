/** The evidence of a draft, as marks to draw over the message. */
import type { Draft } from "./draft";
import type { Mark } from "./annotate";

export function marksOf(draft: Draft): Mark[] {
  const marks: Mark[] = [];
  const { direction, rescue_location, drop_off_location } = draft.evidence;
  if (direction) marks.push({ ...direction, kind: "direction", owner: "direction" });
  if (rescue_location) marks.push({ ...rescue_location, kind: "place", owner: "rescue_location" });
  if (drop_off_location) marks.push({ ...drop_off_location, kind: "place", owner: "drop_off_location" });
  for (const section of draft.sections) {
    if (section.evidence) marks.push({ ...section.evidence, kind: "place", owner: section.id });
    for (const item of section.items) {
      for (const kind of ["name", "quantity", "unit"] as const) {
        const span = item.evidence[kind];
        if (span) marks.push({ ...span, kind, owner: item.id });
      }
    }
  }
  return marks;
}
