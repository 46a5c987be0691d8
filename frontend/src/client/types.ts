/** The words of the API, by the names that the screens use. The shapes come from OpenAPI and nowhere else. */
import type { components as Audit } from "./audit-api";
import type { components as Trainer } from "./trainer-orchestrator";

type A = Audit["schemas"];
type T = Trainer["schemas"];

export type Status = A["Status"];
export type RecordSummary = A["RecordSummary"];
export type RecordPage = A["RecordPage"];
export type RecordDetail = A["RecordDetail"];
export type Message = A["Message"];
export type Reading = A["Reading"];
export type CombinedReading = A["CombinedReading"];
export type Backlogs = A["Backlogs"];
export type AuditDecision = A["Audit"];
export type AuditRequest = A["AuditRequest"];
export type OpinionRequest = A["OpinionRequest"];
export type History = A["History"];
export type Mention = A["Mention"];
export type Presence = A["Presence"];
export type Reason = A["Reason"];
export type Period = A["Period"];
export type Extraction = A["Extraction"];
export type Section = A["Section"];
export type Item = A["Item"];
export type Span = A["Span"];
export type Import = A["Import"];
export type Stats = A["Stats"];
export type Bar = A["Bar"];
export type Readiness = A["Readiness"];
export type Model = A["Model"];
export type Models = A["Models"];
export type Difference = A["Difference"];
export type Place = A["Place"];
export type Directory = Record<string, Place>;
export type Tables = A["Tables"];
export type TablesPreview = A["TablesPreview"];
export type AliasOffer = A["AliasOffer"];
export type DeadLetter = A["DeadLetter"];
export type Forgotten = A["Forgotten"];
export type Session = A["SessionView"];
export type SlackChannel = A["Channel"];
export type AccountRow = A["AccountRow"];
export type RoleName = AccountRow["role"];
export type ScopeName = A["NewToken"]["scopes"][number];
export type Direction = NonNullable<Extraction["direction"]>;
export type Method = "regex" | "peft";

export type Run = T["RunView"];
export type RunState = T["RunState"];
export type RunTarget = T["Target"];
export type Plan = T["Plan"];
export type AutopilotSettings = T["AutopilotSettings"];
export type AutopilotView = T["AutopilotView"];
export type RunProgress = T["RunProgress"];

/** One line of `/runs/{id}/events`; a stream has no schema in OpenAPI. */
export interface RunEvent {
  run_id: string;
  version: string;
  state: RunState;
  at: string;
  reason: string | null;
  progress: RunProgress;
}
