import { textDiff } from "./textDiff";

/** The edit of a message, as it is read: struck out what went, underlined what came. */
export function TextDiff({ before, after }: { before: string; after: string }) {
  return (
    <p className="text-sm break-words whitespace-pre-wrap">
      {textDiff(before, after).map(({ kind, text }, i) => {
        if (kind === "gone") return <del key={i} className="bg-danger-soft text-danger">{text}</del>;
        if (kind === "new") return <ins key={i} className="bg-accent-soft font-medium">{text}</ins>;
        return <span key={i}>{text}</span>;
      })}
    </p>
  );
}
