import type { Model } from "@/client/types";
import { ScatterLine } from "./ScatterLine";
import { flatten } from "./scores";

/** Exact items over the number of audits that each version was trained on; nothing to show before the second version. */
export function LearningCurve({ models }: { models: readonly Model[] }) {
  const points = models
    .flatMap((model) => {
      const f1 = flatten(model.scores?.candidate)["items_exact.f1"];
      return f1 === undefined || model.dataset.train === null ? [] : [{ x: model.dataset.train, y: f1, name: model.version }];
    })
    .sort((a, b) => a.x - b.x);
  if (points.length < 2) return null;
  return (
    <section aria-label="Learning curve" className="card p-5">
      <ScatterLine
        label="Items exact (F1) by audits trained on"
        xLabel="audits trained on"
        yLabel="items exact (F1)"
        points={points}
        xMax={Math.max(...points.map(({ x }) => x))}
        percentX={false}
      />
      <p className="text-sm text-muted">Each version on the messages that were held out when it was trained.</p>
    </section>
  );
}
