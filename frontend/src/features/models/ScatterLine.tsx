import type { ReactNode } from "react";

export interface ChartPoint {
  x: number;
  y: number;
  /** What the point stands for, in words. */
  name: string;
}

interface ScatterLineProps {
  label: string;
  xLabel: string;
  yLabel: string;
  points: readonly ChartPoint[];
  /** Both axes run from 0 to these. */
  xMax?: number;
  yMax?: number;
  /** Draws the line on which what was said is what was right. */
  diagonal?: boolean;
  percentX?: boolean;
  children?: ReactNode;
}

const WIDTH = 420;
const HEIGHT = 230;
const PAD = { left: 46, right: 14, top: 12, bottom: 40 };

/** Points on a line, with the same figures as a table for those who do not see them. */
export function ScatterLine({ label, xLabel, yLabel, points, xMax = 1, yMax = 1, diagonal = false, percentX = true, children }: ScatterLineProps) {
  const x = (value: number) => PAD.left + (value / xMax) * (WIDTH - PAD.left - PAD.right);
  const y = (value: number) => PAD.top + (1 - value / yMax) * (HEIGHT - PAD.top - PAD.bottom);
  const shownX = (value: number) => (percentX ? percent(value) : String(Math.round(value)));
  const path = points.map((point, i) => `${i ? "L" : "M"}${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`).join("");
  return (
    <figure className="min-w-0">
      <figcaption className="mb-1 text-sm font-semibold">{label}</figcaption>
      <svg aria-hidden viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className="w-full max-w-[34rem]">
        {[0, 0.5, 1].map((share) => (
          <g key={share} fontSize="12" fill="var(--muted)">
            <line x1={PAD.left} x2={WIDTH - PAD.right} y1={y(share * yMax)} y2={y(share * yMax)} stroke="var(--line)" />
            <text x={PAD.left - 6} y={y(share * yMax) + 4} textAnchor="end">
              {percent(share * yMax)}
            </text>
            <text x={x(share * xMax)} y={HEIGHT - 22} textAnchor={share === 1 ? "end" : "middle"}>
              {shownX(share * xMax)}
            </text>
          </g>
        ))}
        <text x={(PAD.left + WIDTH) / 2} y={HEIGHT - 5} textAnchor="middle" fontSize="12" fill="var(--muted)">
          {xLabel}
        </text>
        {diagonal && <line x1={x(0)} y1={y(0)} x2={x(xMax)} y2={y(yMax)} stroke="var(--muted)" strokeDasharray="4 4" />}
        <path d={path} fill="none" stroke="var(--accent)" strokeWidth="2" strokeLinejoin="round" />
        {points.map((point) => (
          <circle key={point.name} cx={x(point.x)} cy={y(point.y)} r="3.5" fill="var(--accent)">
            <title>{point.name}</title>
          </circle>
        ))}
      </svg>
      <div className="sr-only">
        <table>
          <caption>{label}</caption>
          <thead>
            <tr>
              <th scope="col">{xLabel}</th>
              <th scope="col">{yLabel}</th>
            </tr>
          </thead>
          <tbody>
            {points.map((point) => (
              <tr key={point.name}>
                <td>{shownX(point.x)}</td>
                <td>{percent(point.y)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {children}
    </figure>
  );
}

export const percent = (share: number) => `${Math.round(share * 100)}%`;
