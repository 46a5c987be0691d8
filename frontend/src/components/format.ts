/** How numbers and times are written everywhere. */

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });

/** 1,234 or 2.5: whole from ten on, two places below. */
export function formatNumber(value: number): string {
  return Math.abs(value) >= 10 ? whole.format(value) : fine.format(value);
}

export function formatPounds(value: number): string {
  return `${formatNumber(value)} lb`;
}

/** "1 item", "2 items". */
export function count(value: number, singular: string, plural = `${singular}s`): string {
  return `${whole.format(value)} ${value === 1 ? singular : plural}`;
}

const day = new Intl.DateTimeFormat("en-US", { weekday: "short", month: "short", day: "numeric", year: "numeric" });
const clock = new Intl.DateTimeFormat("en-US", { hour: "numeric", minute: "2-digit" });

export function formatDay(iso: string): string {
  return day.format(new Date(iso));
}

export function formatTime(iso: string): string {
  return clock.format(new Date(iso));
}

export function formatMoment(iso: string): string {
  return `${formatDay(iso)}, ${formatTime(iso)}`;
}

/** 75 -> "1 min 15 s"; 3900 -> "1 h 5 min". */
export function formatSeconds(seconds: number): string {
  const rounded = Math.max(0, Math.round(seconds));
  if (rounded < 60) return `${rounded} s`;
  if (rounded < 3600) return `${Math.floor(rounded / 60)} min ${rounded % 60} s`;
  return `${Math.floor(rounded / 3600)} h ${Math.floor((rounded % 3600) / 60)} min`;
}

/** "2025-03-04" -> the moment at which that day begins here, `later` days on. */
export function startOfDay(day: string, later = 0): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}
