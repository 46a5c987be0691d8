import { formatNumber } from "./format";

export interface Point {
  x: number;
  y: number;
}

interface LineChartProps {
  label: string;
  points: readonly Point[];
  xMax?: number;
}

const WIDTH = 860;
const HEIGHT = 200;
const PAD = { left: 40, right: 12, top: 10, bottom: 22 };

/** One falling or rising line, with its ends in words for those who do not see it. */
export function LineChart({ label, points, xMax }: LineChartProps) {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return null;
  const scale = scales(points, xMax);
  const path = points.map((p, i) => `${i ? "L" : "M"}${scale.x(p.x).toFixed(1)},${scale.y(p.y).toFixed(1)}`).join("");
  const summary = `${label}: ${formatNumber(first.y)} at step ${first.x}, ${formatNumber(last.y)} at step ${last.x}`;
  return (
    <svg role="img" aria-label={summary} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className="w-full">
      {scale.ticks.map((tick) => (
        <g key={tick}>
          <line x1={PAD.left} x2={WIDTH - PAD.right} y1={scale.y(tick)} y2={scale.y(tick)} stroke="var(--line)" />
          <text x={PAD.left - 6} y={scale.y(tick) + 4} textAnchor="end" fontSize="12" fill="var(--muted)">
            {formatNumber(tick)}
          </text>
        </g>
      ))}
      <text x={PAD.left} y={HEIGHT - 4} fontSize="12" fill="var(--muted)">
        step {first.x}
      </text>
      <text x={WIDTH - PAD.right} y={HEIGHT - 4} textAnchor="end" fontSize="12" fill="var(--muted)">
        {Math.round(scale.xMax)}
      </text>
      <path d={path} fill="none" stroke="var(--accent)" strokeWidth="2" strokeLinejoin="round" />
      <circle cx={scale.x(last.x)} cy={scale.y(last.y)} r="3.5" fill="var(--accent)" />
    </svg>
  );
}

function scales(points: readonly Point[], wantedMax?: number) {
  const xs = points.map((p) => p.x);
  const ys = points.map((p) => p.y);
  const xMin = Math.min(...xs);
  const xMax = Math.max(wantedMax ?? 0, ...xs);
  const yMax = Math.max(...ys) * 1.05 || 1;
  const x = (value: number) => PAD.left + ((value - xMin) / (xMax - xMin || 1)) * (WIDTH - PAD.left - PAD.right);
  const y = (value: number) => PAD.top + (1 - value / yMax) * (HEIGHT - PAD.top - PAD.bottom);
  return { x, y, xMax, ticks: [0, yMax / 2, yMax] };
}
